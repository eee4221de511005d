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
class Compared:
    """What held-out runs say about a pattern.

    Attributes:
        within: what runs that were compared have in common beside the agent version.
        followed, otherwise: how many comparable runs followed it and how many did not.
        difference: of their success rates, with the interval of ``config.confidence``; ``None`` without both.
        p: chance of so much or more in the direction that is claimed, if it made no difference.
        p_against: the same in the other direction.
    """

    within: str
    followed: int
    otherwise: int
    difference: Difference | None
    p: float
    p_against: float


def replay(
    pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, look: int = 1, alpha: float | None = None
) -> Verdict:
    """Rule on success rates of held-out runs, matched, in the direction that the pattern claims.

    *Hold* with fewer than ``config.min_held_out`` comparable runs a side, or while chance explains what is seen.
    *Admit* when it does not, and *refuse* when it does not in the other direction; both by one-sided tests, exact for
    skills and procedures. ``numbers`` holds a ``size`` only when outcomes were looked at.

    Args:
        pattern: what is judged.
        held_out: runs of groups that extraction has never seen.
        config: limits and confidence.
        look: which look at held-out data this is, from 1; see `at_look`.
        alpha: the chance with which it may be admitted though it makes no difference; by default half of what
            ``config.confidence`` leaves, and never more. See `spending`.
    """
    seen = compared(pattern, held_out, config)
    most = (1 - config.confidence) / 2
    numbers: dict[str, float] = {"followed": seen.followed, "otherwise": seen.otherwise}
    if seen.difference is None or min(seen.followed, seen.otherwise) < config.min_held_out:
        reason = (
            f"{seen.followed} held-out runs followed it and {seen.otherwise} comparable ones did not; "
            f"expected at least {config.min_held_out} of each"
        )
        return Verdict(GATE, "hold", reason, numbers)
    size, low, high = seen.difference.size, seen.difference.low, seen.difference.high
    numbers |= {"size": size, "low": low, "high": high, "p": seen.p}
    if alpha is not None:
        numbers["alpha"] = alpha
    interval = f"{100 * size:+.0f} points, interval {100 * low:+.0f} to {100 * high:+.0f}"
    shown = f"within one {seen.within}, {interval}, p = {seen.p:.2g}"
    if seen.p <= at_look(most if alpha is None else min(most, alpha), look):
        return Verdict(GATE, "admit", f"held-out runs agree: {shown}", numbers)
    if seen.p_against <= at_look(most, look):
        return Verdict(GATE, "refuse", f"held-out runs contradict it: {shown}", numbers)
    return Verdict(GATE, "hold", f"held-out runs leave it open: {shown}", numbers)


def compared(pattern: Pattern, traces: Sequence[Trace], config: RefineConfig) -> Compared:
    """Return what runs say about a pattern.

    A sign is compared at the same moments of the agents of its scope; a run that shows it at any of them counts as one
    that followed.
    """
    if pattern.kind != "sign":
        pairs = matched(traces, pattern.guard, pattern.signature, config.min_held_out)
        difference = matched_difference(pairs.tables, config.confidence)
        with_it, without = chances(pairs, traces, pattern.guard, pattern.signature)
        p, against = (without, with_it) if pattern.avoid else (with_it, without)
        return Compared(pairs.within, pairs.followed, pairs.otherwise, difference, p, against)
    table = moments_of([trace for trace in traces if pattern.scope.covers(trace.group, trace.agent)], pattern.signature)
    shown = len(set(table.run[table.present[:, 0]].tolist()))
    found = contrasts(table)
    claimed = np.array([-1.0 if pattern.avoid else 1.0])
    p, against = float(found.p(claimed=claimed)[0]), float(found.p(claimed=-claimed)[0])
    others = len(set(table.run.tolist())) - shown
    return Compared(table.within, shown, others, found.difference(0, config.confidence), p, against)


def at_look(alpha: float, look: int) -> float:
    """Return what the ``look``-th look may err with, from 1: α/(k(k+1)), which adds up to α over all looks.

    However often a gate looks at growing data, the chance of one wrong decision stays within α (Bonferroni).
    """
    return alpha / (look * (look + 1))
