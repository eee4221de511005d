"""A sitting of the gates: all patterns that are drawn now are judged together, so that chance is shared among them."""

from collections.abc import Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.extract.signs import sign_patterns
from autorefine.gates.contract import EvidenceStore, contract
from autorefine.gates.preservation import GATE as PRESERVATION
from autorefine.gates.preservation import preservation
from autorefine.gates.replay import GATE as REPLAY
from autorefine.gates.replay import Case, Compared, compared, replay
from autorefine.pattern import Origin, Pattern
from autorefine.proportions import benjamini_hochberg
from autorefine.split import Halves
from autorefine.trace import Trace


def is_due(n: int, last: int, config: RefineConfig) -> bool:
    """Tell whether there is enough new for another sitting: a quarter more than at the last one, or of the window."""
    return n - last >= max(config.batch_size, min(last, config.window) / 4)


def judges(config: RefineConfig) -> bool:
    """Tell whether any gate asks held-out runs."""
    return bool({REPLAY, PRESERVATION} & set(config.gates))


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


def standing_case(pattern: Pattern, halves: Halves) -> Case | None:
    """Return a pattern that waits with the runs that may judge it; ``None`` for one that extraction draws anew."""
    one, other = halves
    held_out = {"first half": other, "second half": one, "elsewhere": [*one, *other]}.get(pattern.drawn_from)
    return None if held_out is None else Case(pattern, held_out)


def judged_together(
    cases: Sequence[Case], config: RefineConfig, n: int = 0, store: EvidenceStore | None = None
) -> list[Pattern]:
    """Return the patterns with the verdicts of all gates; one that two cases speak of comes once, its better case told.

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
    """
    seen = compared(cases, config)
    q_values = _adjusted(cases, seen, config.min_held_out)
    best: dict[str, tuple[float, Case, Compared]] = {}
    for case, told, q in zip(cases, seen, q_values, strict=True):
        if case.pattern.id not in best or q < best[case.pattern.id][0]:
            best[case.pattern.id] = q, case, told
    return [_ruled(case, told, q, config, n, store) for q, case, told in best.values()]


def rate_of(pattern: Pattern, config: RefineConfig) -> float:
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


def _ruled(case: Case, seen: Compared, q: float, config: RefineConfig, n: int, store: EvidenceStore | None) -> Pattern:
    pattern = case.pattern
    if "contract" in config.gates:
        pattern = pattern.ruled(contract(pattern, config, store))
    last = next((verdict.numbers for verdict in pattern.verdicts if verdict.gate == REPLAY), {})
    again = last.get("n") == n and "size" in last
    look = max(1, pattern.looks if again else pattern.looks + 1)
    if "replay" in config.gates:
        verdict = replay(seen, q, rate_of(pattern, config), config, look)
        if "size" in verdict.numbers:
            pattern = replace(pattern, looks=look)
        pattern = pattern.ruled(replace(verdict, numbers={**verdict.numbers, "n": float(n)}))
    if "preservation" in config.gates:
        pattern = pattern.ruled(preservation(pattern, case.held_out, config, look))
    return pattern
