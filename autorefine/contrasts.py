"""Differences of success between moments with a sign and moments without, robust to what is not independent."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from autorefine.moments import Moments
from autorefine.proportions import Difference, Floats, z_value


@dataclass(frozen=True)
class Contrasts:
    """For each column of a table: the matched difference of success rates, its standard error, and z of *none*.

    Attributes:
        size: how much more often runs with the sign succeed; [columns].
        error: cluster-robust standard error of ``size``; [columns].
        z: score of *the sign makes no difference*; [columns]; 0 where nothing can be compared.
    """

    size: Floats
    error: Floats
    z: Floats

    def difference(self, column: int, confidence: float = 0.95) -> Difference | None:
        """Return the difference of one column with its interval; ``None`` when nothing could be compared."""
        if not self.error[column]:
            return None
        size, half = float(self.size[column]), z_value(confidence) * float(self.error[column])
        return Difference(size, max(-1.0, size - half), min(1.0, size + half))

    def p(self, *, claimed: Floats | None = None) -> Floats:
        """Return the p-value of each column: two-sided, or one-sided in the claimed direction (+1 or −1 each)."""
        scores = np.abs(self.z) if claimed is None else self.z * claimed
        sides = 2.0 if claimed is None else 1.0
        normal = NormalDist()
        return np.array([min(1.0, sides * normal.cdf(-score)) for score in scores.tolist()])


def contrasts(table: Moments) -> Contrasts:
    """Compare within agent version and moment only, and sum up over tasks.

    ``size`` is the least-squares coefficient of the sign within strata, which is the Mantel–Haenszel-weighted
    difference of rates. Many moments of one run, or many agents at one task, are not independent: the variance is the
    larger one of two. One sums the squared contributions of each cluster (Liang & Zeger, Biometrika 1986; Cameron &
    Miller, J Human Resources 2015, section II), each stratum's scaled by k/(k−1) for its k clusters, of which any one
    follows from the others; where successes are rare it sees too little, so the other expects what outcomes would vary
    by chance, all moments of a run moving together.
    """
    rows, columns = table.present.shape
    if not rows or not columns:
        return Contrasts(np.zeros(columns), np.zeros(columns), np.zeros(columns))
    counts = np.bincount(table.stratum).astype(np.float64)
    rate = np.bincount(table.stratum, table.success) / counts
    surplus = table.success - rate[table.stratum]
    by_chance = np.sqrt(rate * (1 - rate) * counts / np.maximum(counts - 1, 1))[table.stratum]
    order = np.argsort(table.cluster, kind="stable")
    starts = np.flatnonzero(np.diff(table.cluster[order], prepend=-1))
    runs = np.flatnonzero(np.diff(table.run, prepend=-1))
    scale = _degrees_of_freedom(table)[table.stratum][:, None]
    size, error, z = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    for first in range(0, columns, _BLOCK):
        block = slice(first, min(columns, first + _BLOCK))
        shown = table.present[:, block].astype(np.float64)
        shown -= _means(shown, table, counts)[table.stratum]
        spread = (shown**2).sum(axis=0)
        expected = (np.add.reduceat(shown * by_chance[:, None], runs, axis=0) ** 2).sum(axis=0)
        score = shown * surplus[:, None]
        scores = np.add.reduceat((score * scale)[order], starts, axis=0)
        size[block] = _ratio(score.sum(axis=0), spread)
        z[block] = _ratio(score.sum(axis=0), np.sqrt(np.maximum(expected, (scores**2).sum(axis=0))))
        left = surplus[:, None] - shown * size[block]
        contributions = np.add.reduceat((shown * left * scale)[order], starts, axis=0)
        error[block] = _ratio(np.sqrt(np.maximum(expected, (contributions**2).sum(axis=0))), spread)
    return Contrasts(size, error, z)


_BLOCK = 256


def _degrees_of_freedom(table: Moments) -> Floats:
    """Return √(k/(k−1)) of each stratum's k clusters; 1 where a stratum is all in one; [strata]."""
    pairs = np.unique(np.stack([table.stratum, table.cluster]), axis=1)
    clusters = np.bincount(pairs[0], minlength=int(table.stratum.max()) + 1).astype(np.float64)
    return np.sqrt(np.where(clusters > 1, clusters / np.maximum(clusters - 1, 1), 1.0))


def _means(shown: Floats, table: Moments, counts: Floats) -> Floats:
    order = np.argsort(table.stratum, kind="stable")
    starts = np.flatnonzero(np.diff(table.stratum[order], prepend=-1))
    sums: Floats = np.add.reduceat(shown[order], starts, axis=0)
    present = np.unique(table.stratum)
    means = np.zeros((len(counts), shown.shape[1]))
    means[present] = sums / counts[present][:, None]
    return means


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 1e-12)
