"""`kintsugi bench savings`: does the estimate stay silent where nothing was saved, and hold what was?"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kintsugi.bench.output import Row
from kintsugi.savings.bootstrap import Interval, Stratum, percentile, resample, studentised
from kintsugi.savings.estimate import CONFIDENCE, NOMINAL, Costs, estimate
from kintsugi.savings.holdout import drawn

TASKS = 400
CLASSES = 3
SHARE = 0.15
PLANTED = 0.3
SKEW = 1.0
"""σ of log-normal costs: the largest hundredth of tasks costs ten times the median."""

RARE = 0.02
COSTLY = 300.0
"""What a rare event costs, in medians of the other tasks."""


@dataclass(frozen=True)
class Case:
    """Tasks whose truth is known: ``tasks`` in each class, of which ``rare`` cost `COSTLY` medians more."""

    name: str
    planted: float = 0.0
    tasks: int = TASKS
    rare: float = 0.0


CASES = (
    Case("nothing saved (A/A)"),
    Case("30 % planted", planted=PLANTED),
    Case("nothing saved, rare and costly", rare=RARE),
    Case("nothing saved, rare and costly, many", rare=RARE, tasks=8 * TASKS),
    Case("30 % planted, rare and costly, many", planted=PLANTED, rare=RARE, tasks=8 * TASKS),
)


def measure(seeds: int = 100, *, cases: tuple[Case, ...] = CASES, skew: float = SKEW) -> Iterator[Row]:
    """Yield three rows for each case: for the estimate that serves users, and for two others.

    Costs are log-normal with another scale in each of three classes; arms are drawn as `assign` draws them. Where the
    estimate says *insufficient data* it is counted as ``silent`` and as nothing else.

    Args:
        seeds: how often each is run.
        cases: what is run.
        skew: σ of the costs' logarithm.
    """
    for case in cases:
        yield from _rows(case, seeds, skew)


def simulated(seed: int, case: Case, skew: float) -> tuple[dict[str, Costs], dict[str, float]]:
    """Return costs by class, and what was really saved: the planted share of what treated tasks cost on average."""
    rng = np.random.default_rng(seed)
    costs, truth = {}, {}
    for number in range(CLASSES):
        name, scale = f"class {number}", 10.0**number
        held_out = np.array(
            [drawn(f"seed {seed}", name, str(task), SHARE) == "held out" for task in range(case.tasks)], dtype=bool
        )
        raw = rng.lognormal(0.0, skew, case.tasks)
        if case.rare:
            raw += COSTLY * (rng.random(case.tasks) < case.rare)
        treated = scale * raw[~held_out] * (1 - case.planted)
        costs[name] = Costs(scale * raw[held_out], treated, treated.size)
        mean = float(np.exp(skew**2 / 2)) + COSTLY * case.rare
        truth[name] = case.planted * scale * mean * treated.size
    return costs, truth


@dataclass
class _Tally:
    holds: int = 0
    zeros: int = 0
    savings: int = 0
    silent: int = 0
    widths: float = 0.0

    def add(self, interval: Interval | None, truth: float, without: float) -> None:
        if interval is None:
            self.silent += 1
            return
        self.holds += interval.low <= truth <= interval.high
        self.zeros += interval.holds_zero
        self.savings += interval.low > 0
        self.widths += (interval.high - interval.low) / without


def _rows(case: Case, seeds: int, skew: float) -> Iterator[Row]:
    served, others = f"served (studentised {NOMINAL:g})", (studentised, percentile)
    tallies = {served: _Tally()} | {f"{each.__name__} {CONFIDENCE:g}": _Tally() for each in others}
    begun = time.perf_counter()
    for seed in range(seeds):
        costs, truth = simulated(seed, case, skew)
        found = estimate(costs, seed=seed)
        counting = {each.task_class: costs[each.task_class] for each in found.classes if each.saved is not None}
        tallies[served].add(found.saved, sum(truth[name] for name in counting), found.cost_held_out or 1.0)
        resampled = resample([_stratum(each) for each in costs.values()], np.random.default_rng(seed))
        for each in others:
            interval = each(resampled, CONFIDENCE)
            tallies[f"{each.__name__} {CONFIDENCE:g}"].add(interval, sum(truth.values()), _without(costs))
    for name, tally in tallies.items():
        said = seeds - tally.silent
        yield {
            "case": case.name,
            "method": name,
            "seeds": seeds,
            "tasks": case.tasks * CLASSES,
            "silent": tally.silent,
            "holds_the_truth": tally.holds,
            "holds_zero": tally.zeros,
            "reports_a_saving": tally.savings,
            "mean_width_share": round(tally.widths / said, 4) if said else None,
            "seconds": round(time.perf_counter() - begun, 1),
        }


def _stratum(costs: Costs) -> Stratum:
    return Stratum(costs.held_out, costs.treated, costs.counted_for)


def _without(costs: Mapping[str, Costs]) -> float:
    """Return what the treated tasks would have cost without patterns."""
    return sum(float(each.held_out.mean()) * each.counted_for for each in costs.values())
