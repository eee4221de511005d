"""What next-step advice is worth: success with it and without, on runs that it was not drawn from."""

from collections.abc import Iterator, Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import gather, tally
from autorefine.extract.contrast import contrast_patterns
from autorefine.match import Guard
from autorefine.matching import matched
from autorefine.pattern import Pattern
from autorefine.proportions import matched_difference
from autorefine.study import halves, judged_together
from autorefine.symbols import words_of
from autorefine.trace import Trace
from kintsugi.bench.output import Row
from kintsugi.bench.refine.runs import Run


def measure_advice(train: Sequence[Run], test: Sequence[Run], config: RefineConfig) -> Iterator[Row]:
    """Yield a row for each admitted *after E, do (or avoid) A*, counted on runs that had no part in drawing it.

    Without test runs the training groups are halved, and what one half taught is counted on the other. ``size`` is the
    difference of success rates within ``compared_within``, with its 95 % interval.
    """
    traces = [run.trace for run in train]
    if test:
        known = {trace.group for trace in traces}
        sides = [(traces, [run.trace for run in test if run.trace.group not in known])]
    else:
        one, other = halves(traces)
        sides = [(one, other), (other, one)]
    drawn = [
        (pattern, held_out) for drawn_from, held_out in sides for pattern in contrast_patterns(drawn_from, config, 0.0)
    ]
    shown: set[str] = set()
    for pattern, (_, held_out) in zip(judged_together(drawn, config), drawn, strict=True):
        if pattern.state == "active" and pattern.guard is not None and pattern.id not in shown:
            shown.add(pattern.id)
            yield _row(pattern, pattern.guard, held_out)


def _row(pattern: Pattern, guard: Guard, held_out: Sequence[Trace]) -> Row:
    evidence = gather(held_out, guard, pattern.signature)
    support = tally(evidence)
    pairs = matched(held_out, guard, pattern.signature, RefineConfig().min_held_out)
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
