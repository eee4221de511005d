"""Studying a history at once: what is drawn from one half of the groups is judged on the other half, and turned round.

`AutoRefine` learns from a stream, a batch at a time. Where a history of runs is there already (a backfill, a
benchmark), this draws and judges in one pass, every run being used for both, never for the same pattern.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autorefine.config import RefineConfig
from autorefine.contrasts import contrasts
from autorefine.evidence import union
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.extract.signs import sign_patterns
from autorefine.gates.contract import contract
from autorefine.gates.preservation import preservation
from autorefine.matching import chances, matched
from autorefine.moments import moments_of
from autorefine.pattern import Pattern
from autorefine.proportions import benjamini_hochberg
from autorefine.trace import Trace
from autorefine.verdict import Verdict

REPLAY = "replay"


@dataclass(frozen=True)
class Study:
    """What a history taught.

    Attributes:
        proposed: how many patterns extraction proposed.
        admitted: those that contract, replay and preservation let pass, as active patterns with their verdicts.
        refused: the others, as candidates with their verdicts.
    """

    proposed: int
    admitted: tuple[Pattern, ...]
    refused: tuple[Pattern, ...]


def study(traces: Sequence[Trace], config: RefineConfig, now: float = 0.0) -> Study:
    """Draw patterns from each half of the groups and judge them on the other.

    The replay gate adjusts the one-sided p-values of all that was drawn from one half together (Benjamini–Hochberg,
    half of ``config.false_discovery_rate`` for each half), on runs that had no part in drawing it: at most that share
    of what is admitted is expected to be chance, whatever extraction proposes. Holds a table of all runs at their first
    moments in memory; a long history is studied in windows.
    """
    one, other = halves(traces)
    drawn = [(pattern, other) for pattern in _drawn(one, config, now)]
    drawn += [(pattern, one) for pattern in _drawn(other, config, now)]
    admitted: dict[str, Pattern] = {}
    refused: dict[str, Pattern] = {}
    for pattern in judged_together(drawn, config):
        if pattern.state != "active":
            refused[pattern.id] = pattern
        elif pattern.id in admitted:
            known = admitted[pattern.id]
            evidence = union(known.evidence, pattern.evidence, config.evidence_limit)
            admitted[pattern.id] = replace(known, evidence=evidence)
        else:
            admitted[pattern.id] = pattern
    left = tuple(pattern for id, pattern in refused.items() if id not in admitted)
    return Study(len({pattern.id for pattern, _ in drawn}), tuple(admitted.values()), left)


def judged_together(drawn: Sequence[tuple[Pattern, Sequence[Trace]]], config: RefineConfig) -> list[Pattern]:
    """Return patterns with their verdicts; those that every gate admits are active.

    Args:
        drawn: each pattern with the runs that judge it, of other groups than those that it was drawn from.
        config: the limits of the gates, and the share of the admitted that may be chance.
    """
    p_values = held_out_p(drawn, config.min_held_out)
    q_values = benjamini_hochberg(p_values)
    judged = []
    for (pattern, held_out), p, q in zip(drawn, p_values, q_values, strict=True):
        agrees = q <= config.false_discovery_rate
        reason = f"held-out runs {'agree' if agrees else 'leave it open'}: p = {p:.2g}, q = {q:.2g}"
        verdict = Verdict(REPLAY, "admit" if agrees else "hold", reason, {"p": p, "q": q})
        ruled = pattern.ruled(contract(pattern, config)).ruled(verdict)
        if pattern.kind != "sign":
            ruled = ruled.ruled(preservation(pattern, held_out, config))
        judged.append(replace(ruled, state="active") if all(v.admitted for v in ruled.verdicts) else ruled)
    return judged


def held_out_p(drawn: Sequence[tuple[Pattern, Sequence[Trace]]], least: int) -> list[float]:
    """Return for each pattern the one-sided p-value of *it makes no difference*, in the direction that it claims.

    Signs are compared at the same moments of the agents of their scope, skills and procedures by exact tests among runs
    of one task, else of one group, else of one agent version; ``least`` says how many runs a side are enough.
    """
    p_values = [1.0] * len(drawn)
    alike: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for index, (pattern, held_out) in enumerate(drawn):
        if pattern.kind == "sign":
            alike.setdefault((id(held_out), pattern.scope.agents), []).append(index)
        else:
            p_values[index] = _exact(pattern, held_out, least)
    for (_, agents), indices in alike.items():
        ours = [trace for trace in drawn[indices[0]][1] if not agents or trace.agent in agents]
        table = moments_of(ours, [drawn[index][0].signature[0] for index in indices])
        claimed = np.array([-1.0 if drawn[index][0].avoid else 1.0 for index in indices])
        for index, p in zip(indices, contrasts(table).p(claimed=claimed).tolist(), strict=True):
            p_values[index] = p
    return p_values


def halves(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Return the runs in two parts of like size that share no group; the same for the same runs, in any order."""
    sizes = Counter(trace.group for trace in traces)
    first: set[str] = set()
    load = [0, 0]
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        side = int(load[1] < load[0])
        load[side] += sizes[group]
        if side == 0:
            first.add(group)
    return [t for t in traces if t.group in first], [t for t in traces if t.group not in first]


def _drawn(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    return [
        *contrast_patterns(traces, config, now),
        *procedure_patterns(traces, config, now),
        *sign_patterns(traces, config, now),
    ]


def _exact(pattern: Pattern, held_out: Sequence[Trace], least: int) -> float:
    pairs = matched(held_out, pattern.guard, pattern.signature, least)
    with_it, without = chances(pairs, held_out, pattern.guard, pattern.signature)
    return without if pattern.avoid else with_it
