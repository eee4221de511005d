"""The replay gate: does the effect hold on runs that the pattern was not drawn from?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autorefine.config import RefineConfig
from autorefine.contrasts import contrasts
from autorefine.matching import chances, matched
from autorefine.moments import moments_of
from autorefine.pattern import Pattern
from autorefine.proportions import Difference, matched_difference
from autorefine.trace import Trace
from autorefine.verdict import Verdict

GATE = "replay"


@dataclass(frozen=True)
class Case:
    """A pattern as it was drawn, and the runs that judge it: none of a group that it was drawn from."""

    pattern: Pattern
    held_out: Sequence[Trace]


@dataclass(frozen=True)
class Compared:
    """What held-out runs say about a pattern.

    Attributes:
        within: what runs that were compared have in common beside the agent version.
        followed, otherwise: how many comparable runs followed it and how many did not.
        difference: of their success rates, with its 95 % interval; ``None`` without both.
        p: chance of so much or more in the direction that is claimed, if it made no difference.
        p_against: the same in the other direction.
    """

    within: str
    followed: int
    otherwise: int
    difference: Difference | None
    p: float
    p_against: float

    def suffices(self, least: int) -> bool:
        """Whether there are so many runs on each side; says nothing about how they ended."""
        return self.difference is not None and min(self.followed, self.otherwise) >= least


def replay(seen: Compared, q: float, rate: float, config: RefineConfig, look: int = 1) -> Verdict:
    """Rule on success rates of held-out runs, matched, in the direction that the pattern claims.

    *Hold* with fewer than ``config.min_held_out`` comparable runs a side, or while chance explains what is seen.
    *Admit* when the adjusted p-value is within the rate, and *refuse* when a one-sided test says the
    opposite. ``numbers`` holds a ``size`` only when outcomes were looked at.

    Args:
        seen: what held-out runs say.
        q: the p-value, adjusted together with those of all patterns that are judged now; see `sitting`.
        rate: share of those that are admitted which may be chance.
        config: limits and confidence.
        look: which look at held-out data this is, from 1; see `at_look`.
    """
    numbers: dict[str, float] = {"followed": seen.followed, "otherwise": seen.otherwise}
    if seen.difference is None or not seen.suffices(config.min_held_out):
        reason = (
            f"{seen.followed} held-out runs followed it and {seen.otherwise} comparable ones did not; "
            f"expected at least {config.min_held_out} of each"
        )
        return Verdict(GATE, "hold", reason, numbers)
    size, low, high = seen.difference.size, seen.difference.low, seen.difference.high
    numbers |= {"size": size, "low": low, "high": high, "p": seen.p, "q": q}
    interval = f"{100 * size:+.0f} points, interval {100 * low:+.0f} to {100 * high:+.0f}"
    shown = f"within one {seen.within}, {interval}, p = {seen.p:.2g}, q = {q:.2g}"
    if seen.p_against <= at_look((1 - config.confidence) / 2, look):
        return Verdict(GATE, "refuse", f"held-out runs contradict it: {shown}", numbers)
    if q <= rate:
        return Verdict(GATE, "admit", f"held-out runs agree: {shown}", numbers)
    return Verdict(GATE, "hold", f"held-out runs leave it open: {shown}", numbers)


def compared(cases: Sequence[Case], config: RefineConfig) -> list[Compared]:
    """Return what held-out runs say about each pattern.

    Skills and procedures are compared by exact tests among runs of one task, else of one group, else of one agent
    version. Signs are compared at the same moments of the agents of their scope; a run that shows a sign at any of them
    counts as one that followed.
    """
    found: list[Compared | None] = [None] * len(cases)
    alike: dict[tuple[int, tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for index, case in enumerate(cases):
        if case.pattern.kind == "sign":
            scope = case.pattern.scope
            alike.setdefault((id(case.held_out), scope.groups, scope.agents), []).append(index)
        else:
            found[index] = _of_advice(case.pattern, case.held_out, config)
    for indices in alike.values():
        first = cases[indices[0]]
        ours = [trace for trace in first.held_out if first.pattern.scope.covers(trace.group, trace.agent)]
        told = _of_signs([cases[index].pattern for index in indices], ours, config)
        for index, each in zip(indices, told, strict=True):
            found[index] = each
    return [each for each in found if each is not None]


def at_look(alpha: float, look: int) -> float:
    """Return what the ``look``-th look may err with, from 1: α/(k(k+1)), which adds up to α over all looks.

    However often a gate looks at growing data, the chance of one wrong decision stays within α (Bonferroni).
    """
    return alpha / (look * (look + 1))


def _of_advice(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig) -> Compared:
    held_out = [trace for trace in held_out if pattern.scope.covers(trace.group, trace.agent)]
    pairs = matched(held_out, pattern.guard, pattern.signature, config.min_held_out)
    difference = matched_difference(pairs.tables)
    with_it, without = chances(pairs, held_out, pattern.guard, pattern.signature)
    p, against = (without, with_it) if pattern.avoid else (with_it, without)
    return Compared(pairs.within, pairs.followed, pairs.otherwise, difference, p, against)


def _of_signs(patterns: Sequence[Pattern], held_out: Sequence[Trace], config: RefineConfig) -> list[Compared]:
    table = moments_of(held_out, [pattern.signature[0] for pattern in patterns])
    told = contrasts(table)
    claimed = np.array([-1.0 if pattern.avoid else 1.0 for pattern in patterns])
    p, against = told.p(claimed=claimed).tolist(), told.p(claimed=-claimed).tolist()
    starts = np.flatnonzero(np.diff(table.run, prepend=-1))
    shown = np.logical_or.reduceat(table.present, starts, axis=0).sum(axis=0) if len(starts) else claimed * 0
    return [
        Compared(
            table.within,
            int(shown[column]),
            len(starts) - int(shown[column]),
            told.difference(column),
            p[column],
            against[column],
        )
        for column in range(len(patterns))
    ]
