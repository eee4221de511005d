"""`kintsugi bench savings`: does the estimate stay silent where nothing was saved, and hold what was?"""

import time
from collections.abc import Iterator

import numpy as np

from kintsugi.bench.output import Row
from kintsugi.savings.bootstrap import Interval, Resampled, Stratum, percentile, resample, studentised
from kintsugi.savings.estimate import CONFIDENCE, NOMINAL, Costs, estimate
from kintsugi.savings.holdout import drawn

TASKS = 400
CLASSES = 3
SHARE = 0.15
PLANTED = 0.3
SKEW = 1.0
"""σ of log-normal costs: the largest hundredth of tasks costs ten times the median."""


def measure(seeds: int = 100, *, tasks: int = TASKS, skew: float = SKEW) -> Iterator[Row]:
    """Yield a row for an A/A run and for a planted saving of 30 %, for the estimate that serves users and two others.

    Costs are log-normal with another scale in each of three classes; arms are drawn as `assign` draws them.

    Args:
        seeds: how often each is run.
        tasks: in each class.
        skew: σ of the costs' logarithm.
    """
    for case, planted in (("nothing saved (A/A)", 0.0), ("30 % planted", PLANTED)):
        yield from _rows(case, planted, seeds, tasks, skew)


def _rows(case: str, planted: float, seeds: int, tasks: int, skew: float) -> Iterator[Row]:
    methods = ("served", f"studentised {CONFIDENCE:g}", f"percentile {CONFIDENCE:g}")
    holds, zeros, savings = (dict.fromkeys(methods, 0) for _ in range(3))
    widths = dict.fromkeys(methods, 0.0)
    begun = time.perf_counter()
    for seed in range(seeds):
        costs, truth = simulated(seed, planted, tasks, skew)
        intervals = _intervals(costs, seed)
        for name, interval in zip(methods, intervals, strict=True):
            holds[name] += interval.low <= truth <= interval.high
            zeros[name] += interval.holds_zero
            savings[name] += interval.low > 0
            widths[name] += (interval.high - interval.low) / sum(
                float(each.held_out.mean()) * each.counted_for for each in costs.values()
            )
    for name in methods:
        yield {
            "case": case,
            "method": name if name != "served" else f"served (studentised {NOMINAL:g})",
            "seeds": seeds,
            "tasks": tasks * CLASSES,
            "holds_the_truth": holds[name],
            "holds_zero": zeros[name],
            "reports_a_saving": savings[name],
            "mean_width_share": round(widths[name] / seeds, 4),
            "seconds": round(time.perf_counter() - begun, 1),
        }


def simulated(seed: int, planted: float, tasks: int, skew: float) -> tuple[dict[str, Costs], float]:
    """Return costs by class, and what was really saved: the share ``planted`` of what treated tasks cost on average."""
    rng = np.random.default_rng(seed)
    costs, truth = {}, 0.0
    for number in range(CLASSES):
        name, scale = f"class {number}", 10.0**number
        held_out = np.array(
            [drawn(f"seed {seed}", name, str(task), SHARE) == "held out" for task in range(tasks)], dtype=bool
        )
        raw = scale * rng.lognormal(0.0, skew, tasks)
        treated = raw[~held_out] * (1 - planted)
        costs[name] = Costs(raw[held_out], treated, treated.size)
        truth += planted * scale * float(np.exp(skew**2 / 2)) * treated.size
    return costs, truth


def _intervals(costs: dict[str, Costs], seed: int) -> tuple[Interval, Interval, Interval]:
    served = estimate(costs, seed=seed).saved
    of: Resampled = resample(
        [Stratum(each.held_out, each.treated, each.counted_for) for each in costs.values()],
        np.random.default_rng(seed),
    )
    unknown = Interval(0.0, -np.inf, np.inf)
    return served or unknown, studentised(of, CONFIDENCE), percentile(of, CONFIDENCE)
