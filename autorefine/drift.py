"""Drift: a pattern that used to serve an agent version serves it no longer."""

from collections.abc import Sequence
from dataclasses import replace
from math import comb

from autorefine.config import RefineConfig
from autorefine.counters import BLOCK, Counters
from autorefine.lifecycle import DRIFT
from autorefine.pattern import Pattern
from autorefine.verdict import Verdict


def drifted(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Retire the active patterns whose success with some agent version has fallen; see `fall`.

    What is retired so comes back only through the gates: found again, it is a candidate.
    """
    changed = []
    for pattern in patterns:
        verdict = _verdict(pattern, config, n) if pattern.state == "active" else None
        if verdict is not None:
            changed.append(replace(pattern.ruled(verdict), state="retired"))
    return changed


def fall(counts: Counters, alpha: float) -> tuple[float, float] | None:
    """Compare the newest whole block of `BLOCK` uses with all uses before it; return the p-value and its threshold.

    Uses are in the order in which the ends of their tasks were told; a use in a task that goes on waits for its place.

    One-sided exact test of Fisher (The Design of Experiments, 1935, section 11). Blocks lie where they lie, whenever
    anybody looks, and the k-th one is tested at α/(k(k−1)): these shares add up to α, so that the chance of ever taking
    a steady success rate for a fall is at most ``alpha`` for a pattern and agent version (Bonferroni over looks).

    Args:
        counts: of one agent version.
        alpha: chance of a false alarm over all time.

    Returns:
        ``None`` where there is nothing before the block to compare with, or its outcomes are not remembered.
    """
    block = counts.ended // BLOCK
    newer = counts.ended % BLOCK
    if block < 2 or len(counts.recent) < BLOCK + newer:
        return None
    recent = [use.succeeded for use in counts.recent]
    outcomes = recent[len(recent) - newer - BLOCK : len(recent) - newer]
    succeeded = counts.succeeded - sum(recent[len(recent) - newer :])
    if not sum(outcomes) <= succeeded <= block * BLOCK:  # counts were corrected since: order and sum don't agree
        return None
    return _at_most(sum(outcomes), succeeded, block * BLOCK), alpha / (block * (block - 1))


def _verdict(pattern: Pattern, config: RefineConfig, n: int) -> Verdict | None:
    tested = next((verdict.numbers for verdict in pattern.verdicts if verdict.gate == DRIFT), {})
    for version, counts in sorted(pattern.counters.items()):
        block = counts.ended // BLOCK
        if block <= tested.get(_block_of(version), 0):
            continue
        found = fall(counts, 1 - config.confidence)
        if found is not None and found[0] <= found[1]:
            p, threshold = found
            reason = f"the newest {BLOCK} uses by {version} succeeded less often than those before (p = {p:.2g})"
            blocks = {_block_of(name): float(each.ended // BLOCK) for name, each in pattern.counters.items()}
            return Verdict(DRIFT, "refuse", reason, {"n": float(n), "p": p, "threshold": threshold, **blocks})
    return None


def _block_of(version: str) -> str:
    return f"block of {version}"


def _at_most(succeeded: int, all_succeeded: int, total: int) -> float:
    """Return the chance that `BLOCK` uses, drawn from all of them, hold so few successes (hypergeometric)."""
    failed = total - all_succeeded
    ways = sum(comb(all_succeeded, each) * comb(failed, BLOCK - each) for each in range(succeeded + 1) if each <= BLOCK)
    return ways / comb(total, BLOCK)
