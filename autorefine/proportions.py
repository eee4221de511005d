"""Comparing success rates: intervals, exact tests, and control of false discoveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Runs that followed a pattern and runs that did not, and how many of each succeeded."""

    followed: int
    followed_succeeded: int
    otherwise: int
    otherwise_succeeded: int

    @property
    def compares(self) -> bool:
        """Whether both arms hold a run, so that there is a difference to speak of."""
        return self.followed > 0 and self.otherwise > 0


@dataclass(frozen=True)
class Difference:
    """A difference of success rates with its interval."""

    size: float
    low: float
    high: float


def z_value(confidence: float) -> float:
    """Return the two-sided normal quantile, 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(succeeded: float, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a rate (Wilson 1927); (0, 1) when nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    z = z_value(confidence)
    rate = succeeded / total
    centre = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def newcombe(table: Table, confidence: float = 0.95) -> Difference:
    """Return the difference of two rates with Newcombe's hybrid score interval (Newcombe 1998, method 10)."""
    first, second = table.followed_succeeded / table.followed, table.otherwise_succeeded / table.otherwise
    first_low, first_high = wilson(table.followed_succeeded, table.followed, confidence)
    second_low, second_high = wilson(table.otherwise_succeeded, table.otherwise, confidence)
    size = first - second
    low = size - sqrt((first - first_low) ** 2 + (second_high - second) ** 2)
    high = size + sqrt((first_high - first) ** 2 + (second - second_low) ** 2)
    return Difference(size, low, high)


def matched_difference(strata: Sequence[Table], confidence: float = 0.95) -> Difference | None:
    """Return the difference of rates compared only within strata; None when no stratum has both arms.

    The strata are weighted as Mantel and Haenszel do (n₁n₀/(n₁+n₀)); the interval combines Newcombe's limits of each by
    recovered variances (Zou, Huang & Zhang 2009, section 2). With one stratum it is Newcombe's interval itself.
    """
    comparing = [table for table in strata if table.compares]
    if not comparing:
        return None
    weights = [table.followed * table.otherwise / (table.followed + table.otherwise) for table in comparing]
    shares = [weight / sum(weights) for weight in weights]
    parts = [newcombe(table, confidence) for table in comparing]
    size = sum(share * part.size for share, part in zip(shares, parts, strict=True))
    below = sum((share * (part.size - part.low)) ** 2 for share, part in zip(shares, parts, strict=True))
    above = sum((share * (part.high - part.size)) ** 2 for share, part in zip(shares, parts, strict=True))
    return Difference(size, max(-1.0, size - sqrt(below)), min(1.0, size + sqrt(above)))


def exact_p(strata: Sequence[Table], *, one_sided: bool = False) -> float:
    """Return the exact p-value of "following makes no difference", conditional on the margins of every stratum.

    With one stratum this is Fisher's exact test (two-sided: the sum over tables that are no more likely); with several,
    the exact form of the Cochran–Mantel–Haenszel test, whose null distribution is the convolution of hypergeometric
    ones (Agresti, Categorical Data Analysis, section 7.3.5). ``one_sided`` asks only whether followers succeed more
    often.
    """
    comparing = [table for table in strata if table.compares]
    chances = np.ones(1)
    observed = 0
    for table in comparing:
        total = table.followed + table.otherwise
        succeeded = table.followed_succeeded + table.otherwise_succeeded
        lowest, distribution = _hypergeometric(total, succeeded, table.followed)
        observed += table.followed_succeeded - lowest
        chances = np.convolve(chances, distribution)
    if one_sided:
        return float(min(1.0, chances[observed:].sum()))
    return float(min(1.0, chances[chances <= chances[observed] * (1 + 1e-7)].sum()))


def turned(table: Table) -> Table:
    """Return the table with its two arms exchanged."""
    return Table(table.otherwise, table.otherwise_succeeded, table.followed, table.followed_succeeded)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return the q-value of each p-value (Benjamini & Hochberg 1995): rejecting q ≤ α bounds the false share by α."""
    count = len(p_values)
    order = sorted(range(count), key=lambda index: p_values[index])
    adjusted = [1.0] * count
    smallest = inf
    for rank in range(count, 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * count / rank)
        adjusted[index] = min(1.0, smallest)
    return adjusted


@lru_cache(maxsize=4096)
def _hypergeometric(total: int, succeeded: int, followed: int) -> tuple[int, Floats]:
    """Return the smallest possible number of successful followers, and the chances of it and of each larger number."""
    lowest, highest = max(0, followed + succeeded - total), min(followed, succeeded)
    ways = comb(total, followed)
    chances = [comb(succeeded, k) * comb(total - succeeded, followed - k) / ways for k in range(lowest, highest + 1)]
    return lowest, np.array(chances, dtype=np.float64)
