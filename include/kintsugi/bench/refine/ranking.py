"""How well chances rank outcomes, and how sure that is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 2_000


def auroc(chances: Floats, success: Floats, weights: Floats | None = None) -> float:
    """Return the area under the ROC curve: how often a run that succeeds has the higher chance (ties count half).

    Args:
        chances: [runs].
        success: 0 or 1; [runs].
        weights: how often each run counts; [runs].
    """
    weights = np.ones(len(chances)) if weights is None else weights
    order = np.argsort(chances, kind="stable")
    chances, good = chances[order], (weights * success)[order]
    bad = (weights * (1 - success))[order]
    starts = np.flatnonzero(np.diff(chances, prepend=-np.inf))
    good, bad = np.add.reduceat(good, starts), np.add.reduceat(bad, starts)
    below = np.cumsum(bad) - bad
    pairs = good.sum() * bad.sum()
    return float((good * (below + bad / 2)).sum() / pairs) if pairs else float("nan")


def cluster_interval(chances: Floats, success: Floats, clusters: Sequence[str], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of the AUROC, clusters drawn anew (cluster bootstrap; Field & Welsh 2007)."""
    names, of = np.unique(np.array(clusters), return_inverse=True)
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)).astype(np.float64)
        areas.append(auroc(chances, success, times[of]))
    low, high = np.nanpercentile(areas, [2.5, 97.5])
    return float(low), float(high)
