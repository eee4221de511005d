"""Robust statistics: what a few odd values can't move."""

from collections.abc import Sequence
from math import log1p
from statistics import median

_FEW = 4
"""With so many values the spread counts twice."""

_TO_SIGMA = 1.4826
"""MAD of a normal distribution × this is its standard deviation."""


def spread(values: Sequence[float]) -> float:
    """Return the median absolute deviation, scaled to be a standard deviation where the values are normal."""
    middle = median(values)
    return _TO_SIGMA * median(abs(value - middle) for value in values)


def count_score(count: int, values: Sequence[int], *, least_noise: float = 0.1) -> float:
    """Return the robust z-score of a count among others, on a scale of ratios.

    Counts vary by factors, so their logarithms are compared (Iglewicz and Hoaglin 1993, modified z-score). Where all of
    them are nearly equal the noise is taken to be that of counting (Poisson: 1/√median), and ``least_noise`` at least.
    The spread of a few values is itself uncertain, so the fewer they are, the larger it is taken to be.
    """
    logs = [log1p(value) for value in values]
    noise = max(spread(logs), 1 / max(1.0, median(values)) ** 0.5, least_noise) * (1 + _FEW / len(logs))
    return float((log1p(count) - median(logs)) / noise)
