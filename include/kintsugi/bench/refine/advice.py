"""What next-step advice is worth: success with it and without, on runs that neither drew nor admitted it."""

from collections.abc import Callable, Iterator, Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import gather, tally
from autorefine.extract.contrast import contrast_patterns
from autorefine.gates.replay import Case
from autorefine.match import Guard
from autorefine.matching import matched
from autorefine.pattern import Pattern
from autorefine.proportions import matched_difference
from autorefine.sitting import judged_together
from autorefine.split import balanced_halves
from autorefine.symbols import words_of
from autorefine.trace import Trace
from kintsugi.bench.output import Row
from kintsugi.bench.refine.outcome import folds
from kintsugi.bench.refine.runs import Run


def measure_advice(
    train: Sequence[Run], test: Sequence[Run], config: RefineConfig, say: Callable[[str], None]
) -> Iterator[Row]:
    """Yield a row for each admitted *after E, do (or avoid) A*, counted on groups that had no part in admitting it.

    Without test runs each part of the training groups is left out once, and what the others admit is counted on it;
    ``admitted`` says on how many of the ``parts``. ``size`` is the difference of success rates within
    ``compared_within``, with its 95 % interval.
    """
    traces = [run.trace for run in train]
    if test:
        known = {trace.group for trace in traces}
        sides = [(traces, [run.trace for run in test if run.trace.group not in known])]
    else:
        sides = [
            ([trace for trace in traces if trace.group not in part], [trace for trace in traces if trace.group in part])
            for part in folds(train)
        ]
    found: dict[str, tuple[Pattern, Guard, list[list[Trace]]]] = {}
    for number, (learnt, unseen) in enumerate(sides, start=1):
        say(f"advice: {number} of {len(sides)}")
        for pattern in _admitted(learnt, config):
            if pattern.guard is not None:
                found.setdefault(pattern.id, (pattern, pattern.guard, []))[2].append(unseen)
    for pattern, guard, parts in found.values():
        row = _row(pattern, guard, [trace for part in parts for trace in part])
        yield {**row, "admitted": len(parts), "parts": len(sides)}


def _admitted(learnt: Sequence[Trace], config: RefineConfig) -> list[Pattern]:
    one, other = balanced_halves(learnt)
    cases = [
        Case(pattern, held_out)
        for ours, held_out in ((one, other), (other, one))
        for pattern in contrast_patterns(ours, config, 0.0)
    ]
    judged = judged_together(cases, config)
    return [pattern for pattern in judged if all(verdict.admitted for verdict in pattern.verdicts)]


def _row(pattern: Pattern, guard: Guard, unseen: Sequence[Trace]) -> Row:
    support = tally(gather(unseen, guard, pattern.signature))
    pairs = matched(unseen, guard, pattern.signature, RefineConfig().min_held_out)
    difference = matched_difference(pairs.tables)
    return {
        "part": "advice",
        "after": words_of(guard.symbol),
        "advice": f"{'avoid ' if pattern.avoid else ''}{', then '.join(words_of(each) for each in pattern.signature)}",
        "within": guard.reach,
        "followed": support.followed,
        "followed_success": _rate(support.followed_succeeded, support.followed),
        "otherwise": support.otherwise,
        "otherwise_success": _rate(support.otherwise_succeeded, support.otherwise),
        "compared_within": pairs.within,
        "size": round(difference.size, 4) if difference else None,
        "low": round(difference.low, 4) if difference else None,
        "high": round(difference.high, 4) if difference else None,
    }


def _rate(succeeded: int, total: int) -> float | None:
    return round(succeeded / total, 4) if total else None
