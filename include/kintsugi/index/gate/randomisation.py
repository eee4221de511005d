"""Is a loss more than chance? Fisher's randomisation test for pairs, and a correction for asking several times.

Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation",
CIKM 2007: it tests a difference of means and supposes nothing of how the differences are distributed.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

EXACT = 16
"""Up to so many pairs that differ, every assignment is counted: 2^16 sums take a millisecond."""

DRAWS = 9_999
DRAWS_AT_ONCE = 250
TIE = 1e-9
"""Sums nearer to each other than this, relative to what was summed, are equal: adding in another order moves them."""


def chance_of_loss(differences: Sequence[float], rng: np.random.Generator) -> float:
    """Return the one-sided p-value, 0 < p ≤ 1, of a loss as large as this one if the two sides were the same.

    If they were, each difference might as well have had the other sign. The p-value is the share of all assignments of
    signs whose sum is at most the observed one; that is, of all subsets whose own sum is not negative. With more than
    `EXACT` differences other than 0, it is (count + 1)/(`DRAWS` + 1) of as many draws, which keeps the level (Phipson
    and Smyth, "Permutation P-values Should Never Be Zero", 2010).

    Args:
        differences: one number a pair, new minus old; a weighted pair's is multiplied by its weight.
        rng: for the draws.
    """
    values = np.asarray(differences, dtype=np.float64)
    values = values[values != 0]
    at_least = -TIE * float(np.abs(values).sum())
    if len(values) <= EXACT:
        return float(np.mean(_subset_sums(values) >= at_least))
    count = sum(int(np.count_nonzero(sums >= at_least)) for sums in _drawn_sums(values, rng))
    return (count + 1) / (DRAWS + 1)


def holm(chances: Sequence[float]) -> list[float]:
    """Return the p-values, in the order given, adjusted so that all may be compared with one level.

    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979: the chance of one false alarm among all of
    them stays below the level, however they depend on each other.
    """
    adjusted = [0.0] * len(chances)
    highest = 0.0
    for rank, position in enumerate(sorted(range(len(chances)), key=lambda each: chances[each])):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[position]))
        adjusted[position] = highest
    return adjusted


def _subset_sums(values: Doubles) -> Doubles:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def _drawn_sums(values: Doubles, rng: np.random.Generator) -> Iterator[Doubles]:
    for first in range(0, DRAWS, DRAWS_AT_ONCE):
        size = (min(DRAWS_AT_ONCE, DRAWS - first), len(values))
        yield rng.integers(0, 2, size=size, dtype=np.uint8) @ values
