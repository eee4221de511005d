"""A sitting of the gates: all patterns that are drawn now are judged together, so that chance is shared among them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import itemgetter

from autorefine.config import RefineConfig
from autorefine.correcting import waits
from autorefine.evidence import gather, union
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.extract.signs import sign_patterns
from autorefine.gates.contract import EvidenceStore, contract
from autorefine.gates.preservation import preservation
from autorefine.gates.replay import GATE as REPLAY
from autorefine.gates.replay import Case, Compared, compared, replay
from autorefine.lifecycle import contracted, not_drawn, settled, with_evidence, worded
from autorefine.pattern import Origin, Pattern, Scope
from autorefine.proportions import benjamini_hochberg
from autorefine.split import Halves
from autorefine.trace import Trace


def is_due(n: int, last: int, config: RefineConfig) -> bool:
    """Tell whether there is enough new for another sitting: a quarter more than at the last one, or of the window."""
    return n - last >= max(config.batch_size, min(last, config.window) / 4)


def advice(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    """Return the skills and procedures that counting finds in these runs."""
    return [*contrast_patterns(traces, config, now), *procedure_patterns(traces, config, now)]


def drawn(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    """Return all that counting finds in these runs, signs included: those need many runs."""
    return [*advice(traces, config, now), *sign_patterns(traces, config, now)]


def cases_of(halves: Halves, config: RefineConfig, now: float) -> list[Case]:
    """Return what either half draws, each with the runs of the other half, which judge it."""
    one, other = halves
    return [
        *(Case(pattern, other) for pattern in drawn(one, config, now)),
        *(Case(pattern, one) for pattern in drawn(other, config, now)),
    ]


def cases_of_proposers(halves: Halves, config: RefineConfig, now: float) -> list[Case]:
    """Return what proposers draw from either half, each with the runs of the other half."""
    one, other = halves
    sides: tuple[tuple[Origin, list[Trace], list[Trace]], ...] = (
        ("first half", one, other),
        ("second half", other, one),
    )
    return [
        Case(replace(pattern, drawn_from=origin), held_out)
        for origin, ours, held_out in sides
        for proposer in config.proposers
        for pattern in proposer.propose(ours, config, now)
    ]


def sat(
    standing: Sequence[Pattern],
    decided: Sequence[Pattern],
    cases: Sequence[Case],
    halves: Halves,
    config: RefineConfig,
    n: int,
    store: EvidenceStore | None = None,
) -> list[Pattern]:
    """Return the patterns that stand in the state that they have after the sitting, in the order given.

    Judged are those that are drawn now, and of the others what extraction does not draw anew: what was proposed, by the
    half that it was not drawn from, and what came from elsewhere, by all runs, which are its evidence from then on.

    Args:
        standing: all that is active or a candidate, as it is stored.
        decided: what an earlier try at the same sitting has retired. It is judged once more, since chance is shared
            among all, but stays as it is; so does what is drawn and was retired before.
        cases: what was drawn now, with the runs that judge it.
        halves: the runs.
        config: the limits of the gates and the rates.
        n: trajectories taken in so far.
        store: tells whether evidence is there.
    """
    drawn_now = {case.pattern.id for case in cases}
    waiting = [pattern for pattern in (*standing, *decided) if pattern.id not in drawn_now]
    waiting_cases = [case for pattern in waiting if (case := _waiting_case(pattern, halves, config)) is not None]
    known = {pattern.id: pattern for pattern in standing} | {case.pattern.id: case.pattern for case in waiting_cases}
    judged = {each.id: each for each in judged_together([*cases, *waiting_cases], config, n, store, known)}
    after = []
    for pattern in standing:
        ruled = judged.get(pattern.id) or contracted(pattern, config, n, store)
        if pattern.id not in judged and (pattern.state == "active" or waits(pattern)):
            ruled = not_drawn(ruled, n)
        after.append(settled(ruled, config))
    return after


def judged_together(
    cases: Sequence[Case],
    config: RefineConfig,
    n: int = 0,
    store: EvidenceStore | None = None,
    known: Mapping[str, Pattern] | None = None,
) -> list[Pattern]:
    """Return the patterns with the verdicts of all gates; one that two cases speak of comes once, its better case told.

    Judged is what each case says, by held-out runs of the agents of its own scope; a pattern then speaks to those of
    the cases that hold, and to nobody else. One of which no case holds waits for the agents of all of them.

    The replay gate adjusts the p-values of all advice together, and those of all signs (Benjamini & Hochberg, J R Stat
    Soc B 1995), on runs that had no part in drawing them: of what is admitted at one sitting at most that share is
    expected to be chance, whatever extraction proposes. What has too few held-out runs is not counted among them; that
    is decided by numbers of runs, without a look at how they ended. Sittings do not add up: what an earlier one
    admitted has to be admitted anew (see `lifecycle.settled`).

    Args:
        cases: the patterns with the runs that judge them.
        config: the limits of the gates and the rates.
        n: trajectories taken in so far; judging again at the same ``n`` is the same look.
        store: tells whether evidence is there.
        known: the patterns as they are stored, by id: these are returned. By default those of the cases.
    """
    seen = compared(cases, config)
    q_values = _adjusted(cases, seen, config.min_held_out)
    told: dict[str, list[tuple[float, Case, Compared]]] = {}
    for case, each, q in zip(cases, seen, q_values, strict=True):
        told.setdefault(case.pattern.id, []).append((q, case, each))
    judged = []
    for id, found in told.items():
        q, case, each = min(found, key=itemgetter(0))
        pattern = case.pattern if known is None else known.get(id)
        if pattern is not None:
            confirmed = [of.pattern.scope for value, of, _ in found if value <= _rate_of(pattern, config)]
            scopes = confirmed or [pattern.scope, *(of.pattern.scope for _, of, _ in found)]
            pattern = replace(pattern, scope=reduce(Scope.joined, scopes))
            judged.append(_ruled(pattern, case.held_out, each, q, config, n, store))
    return judged


def _waiting_case(pattern: Pattern, halves: Halves, config: RefineConfig) -> Case | None:
    one, other = halves
    held_out = {"first half": other, "second half": one, "elsewhere": [*one, *other]}.get(pattern.drawn_from)
    if held_out is None:
        return None
    if pattern.drawn_from == "elsewhere" and pattern.kind != "sign":
        seen = gather(held_out, pattern.guard, pattern.signature)
        pattern = with_evidence(pattern, union(pattern.evidence, seen, config.evidence_limit))
    return Case(pattern, held_out)


def _rate_of(pattern: Pattern, config: RefineConfig) -> float:
    """Return the share of false ones that may be among what is admitted of this kind."""
    return config.false_sign_rate if pattern.kind == "sign" else config.false_discovery_rate


def _adjusted(cases: Sequence[Case], seen: Sequence[Compared], least: int) -> list[float]:
    q_values = [1.0] * len(cases)
    for signs in (True, False):
        family = [
            index
            for index, case in enumerate(cases)
            if (case.pattern.kind == "sign") == signs and seen[index].suffices(least)
        ]
        adjusted = benjamini_hochberg([seen[index].p for index in family])
        for index, q in zip(family, adjusted, strict=True):
            q_values[index] = q
    return q_values


def _ruled(
    pattern: Pattern,
    held_out: Sequence[Trace],
    seen: Compared,
    q: float,
    config: RefineConfig,
    n: int,
    store: EvidenceStore | None,
) -> Pattern:
    if "contract" in config.gates:
        pattern = pattern.ruled(contract(pattern, config, store))
    last = next((verdict.numbers for verdict in pattern.verdicts if verdict.gate == REPLAY), {})
    again = last.get("n") == n and ("size" in last or waits(pattern))
    look = max(1, pattern.looks if again else pattern.looks + 1)
    if "replay" in config.gates:
        verdict = replay(seen, q, _rate_of(pattern, config), config, look)
        if "size" in verdict.numbers:
            pattern = replace(pattern, looks=look)
        pattern = pattern.ruled(replace(verdict, numbers={**verdict.numbers, "n": float(n)}))
    if "preservation" in config.gates:
        pattern = pattern.ruled(preservation(pattern, held_out, config, look))
    return worded(pattern)
