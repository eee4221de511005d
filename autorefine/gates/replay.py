"""The replay gate: does the effect hold on runs that the pattern was not drawn from?"""

from collections.abc import Sequence

from autorefine.config import RefineConfig
from autorefine.contrasts import contrasts
from autorefine.evidence import gather, tally_by_stratum
from autorefine.moments import moments_of
from autorefine.pattern import Pattern
from autorefine.proportions import Difference, matched_difference
from autorefine.trace import Trace
from autorefine.verdict import Verdict

GATE = "replay"


def replay(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, look: int = 1) -> Verdict:
    """Rule on the matched difference of success rates among held-out runs, in the direction that the pattern claims.

    *Hold* with fewer than ``config.min_held_out`` comparable runs on either side, or while the interval spans zero.
    *Admit* when the whole interval is on the claimed side, *refuse* when it is on the other. ``numbers`` holds a
    ``size`` only when outcomes were looked at.

    Args:
        pattern: what is judged.
        held_out: runs of groups that extraction has never seen.
        config: limits and confidence.
        look: which look at held-out data this is, from 1; see `corrected`.
    """
    followed, otherwise, difference = compared(pattern, held_out, corrected(config.confidence, look))
    numbers: dict[str, float] = {"followed": followed, "otherwise": otherwise}
    if difference is None or min(followed, otherwise) < config.min_held_out:
        reason = (
            f"{followed} held-out runs followed it and {otherwise} comparable ones did not; "
            f"expected at least {config.min_held_out} of each"
        )
        return Verdict(GATE, "hold", reason, numbers)
    claimed = as_claimed(difference, avoid=pattern.avoid)
    numbers |= {"size": difference.size, "low": difference.low, "high": difference.high}
    shown = f"{100 * difference.size:+.0f} points, interval {100 * difference.low:+.0f} to {100 * difference.high:+.0f}"
    if claimed.low > 0:
        return Verdict(GATE, "admit", f"held-out runs agree: {shown}", numbers)
    if claimed.high < 0:
        return Verdict(GATE, "refuse", f"held-out runs contradict it: {shown}", numbers)
    return Verdict(GATE, "hold", f"held-out runs leave it open: {shown}", numbers)


def compared(pattern: Pattern, traces: Sequence[Trace], confidence: float) -> tuple[int, int, Difference | None]:
    """Return how many comparable runs followed a pattern and how many did not, and the matched difference.

    A sign is compared at the same moments of the agents of its scope; a run that shows it at any of them counts as one
    that followed. ``None`` where there is nothing to compare.
    """
    if pattern.kind != "sign":
        strata = [each for each in tally_by_stratum(gather(traces, pattern.guard, pattern.signature)) if each.compares]
        followed, otherwise = sum(each.followed for each in strata), sum(each.otherwise for each in strata)
        return followed, otherwise, matched_difference(strata, confidence)
    table = moments_of([trace for trace in traces if pattern.scope.covers(trace.group, trace.agent)], pattern.signature)
    shown = len(set(table.run[table.present[:, 0]].tolist()))
    return shown, len(set(table.run.tolist())) - shown, contrasts(table).difference(0, confidence)


def corrected(confidence: float, look: int) -> float:
    """Return the confidence of the ``look``-th look, from 1: 1 − α/(k(k+1)) with α = 1 − ``confidence``.

    These shares add up to α, so that however often a gate looks at growing data, the chance of one wrong decision stays
    within α (Bonferroni over looks).
    """
    return 1 - (1 - confidence) / (look * (look + 1))


def as_claimed(difference: Difference, *, avoid: bool) -> Difference:
    """Return the difference so that positive means *as the pattern claims*: for advice to avoid it is turned round."""
    return Difference(-difference.size, -difference.high, -difference.low) if avoid else difference
