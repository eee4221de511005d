"""Intervals of a total of differences of means, by resampling each class and arm on its own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2_000
_DRAWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Interval:
    """An estimate and its two-sided interval."""

    size: float
    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Whether no difference at all is among what the data allow."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Stratum:
    """The costs of the tasks of one class, and how many treated tasks the difference is counted for."""

    held_out: Floats
    treated: Floats
    counted_for: int


@dataclass(frozen=True)
class Resampled:
    """A total with its variance, and the same of each resample."""

    total: float
    variance: float
    totals: Floats
    variances: Floats


def resample(strata: Sequence[Stratum], rng: np.random.Generator, resamples: int = RESAMPLES) -> Resampled:
    """Return Σ (mean held out − mean treated) · counted for, and what it is in each resample.

    Each arm of each class is drawn with replacement on its own: a stratified bootstrap (Davison & Hinkley 1997, section
    3.2), so that neither chance of which classes came up nor the sizes of arms enter. Every arm has at least two tasks.
    """
    total = variance = 0.0
    totals, variances = np.zeros(resamples), np.zeros(resamples)
    for stratum in strata:
        weight = float(stratum.counted_for)
        for sign, costs in ((1.0, stratum.held_out), (-1.0, stratum.treated)):
            means, errors = _drawn(costs, rng, resamples)
            total += sign * weight * float(costs.mean())
            variance += weight**2 * float(costs.var(ddof=1)) / costs.size
            totals += sign * weight * means
            variances += weight**2 * errors
    return Resampled(total, variance, totals, variances)


def together(each: Collection[Resampled]) -> Resampled:
    """Return the sum of totals that were drawn independently of each other; there is at least one."""
    return Resampled(
        total=sum(one.total for one in each),
        variance=sum(one.variance for one in each),
        totals=np.sum([one.totals for one in each], axis=0),
        variances=np.sum([one.variances for one in each], axis=0),
    )


def studentised(of: Resampled, confidence: float = 0.95) -> Interval:
    """Return the bootstrap-t interval (Efron & Tibshirani 1993, section 12.5).

    Its quantiles follow the skewness of costs, which the percentile interval misses where the smaller arm is short.
    """
    usable = of.variances > 0
    if of.variance <= 0 or not usable.any():
        return Interval(of.total, of.total, of.total)
    ratios = (of.totals[usable] - of.total) / np.sqrt(of.variances[usable])
    low, high = np.quantile(ratios, [(1 - confidence) / 2, (1 + confidence) / 2])
    error = float(np.sqrt(of.variance))
    return Interval(of.total, of.total - float(high) * error, of.total - float(low) * error)


def percentile(of: Resampled, confidence: float = 0.95) -> Interval:
    """Return the percentile interval (Efron & Tibshirani 1993, section 13.3), to be compared with."""
    low, high = np.quantile(of.totals, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(of.total, float(low), float(high))


def _drawn(costs: Floats, rng: np.random.Generator, resamples: int) -> tuple[Floats, Floats]:
    """Return the mean of each resample, and the variance of that mean; memory stays flat."""
    means, errors = np.empty(resamples), np.empty(resamples)
    at_once = max(1, _DRAWS_AT_ONCE // costs.size)
    for first in range(0, resamples, at_once):
        last = min(first + at_once, resamples)
        drawn = costs[rng.integers(0, costs.size, (last - first, costs.size))]
        means[first:last] = drawn.mean(axis=1)
        errors[first:last] = drawn.var(axis=1, ddof=1) / costs.size
    return means, errors
