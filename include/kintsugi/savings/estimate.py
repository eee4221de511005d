"""From what tasks cost to what patterns saved: class by class, with an interval, or not at all while too few are known.

An estimate per class is (mean cost of held-out tasks − mean cost of treated ones) · number of treated tasks: a
randomised experiment, analysed by the arm that was drawn, whether or not a pattern was used in the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np

from kintsugi.savings.bootstrap import RESAMPLES, Floats, Interval, Resampled, Stratum, resample, studentised, together

LEAST_IN_ARM = 20
"""Tasks that each arm of a class needs before the class counts."""

LEAST_INFORMATIVE = 8
"""So many held-out tasks have to carry the cost of a class; see `tasks_that_carry`."""

LEAST_HELD_OUT = 60
"""Held-out tasks that all classes which count need together."""

CONFIDENCE = 0.95
NOMINAL = 0.98
"""What the interval is drawn at: costs are skewed and the held-out arm is short, so that 0.95 would hold less often
than it says (`kintsugi bench savings` prints how often)."""


@dataclass(frozen=True)
class Costs:
    """Costs of the tasks of one class, by arm; ``counted_for`` treated tasks there are, also beyond those in memory.

    ``compares`` is whether the arms are what the draw made of them; a class whose arms are not has no estimate.
    """

    held_out: Floats
    treated: Floats
    counted_for: int
    compares: bool = True


@dataclass(frozen=True)
class ClassEstimate:
    """What is known of one class; ``saved`` is ``None`` while there are too few tasks, or where its arms don't compare.

    Attributes:
        missing_held_out, missing_treated: how many tasks each arm still lacks, at costs like those seen so far.
    """

    task_class: str
    held_out: int
    treated: int
    mean_held_out: float | None
    mean_treated: float | None
    saved: Interval | None
    missing_held_out: int
    missing_treated: int


@dataclass(frozen=True)
class Estimate:
    """What patterns saved, over the classes that have enough tasks; gross, before what learning cost.

    Attributes:
        saved: ``None`` while there are too few held-out tasks.
        missing_held_out: how many held-out tasks are lacking for a total, in classes that count.
        cost_held_out: what the treated tasks would have cost without patterns, for a share; ``None`` with ``saved``.
    """

    classes: tuple[ClassEstimate, ...]
    saved: Interval | None
    missing_held_out: int
    cost_held_out: float | None


def estimate(costs: Mapping[str, Costs], *, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """Estimate what was saved in each class and altogether.

    Args:
        costs: what tasks cost, by class.
        seed: the same seed and data give the same interval, of a class whatever other classes there are.
        resamples: at least 2,000 for figures that are shown.
    """
    drawn: dict[str, Resampled] = {}
    classes = []
    for name in sorted(costs):
        if costs[name].compares and not any(_lacking(costs[name])):
            drawn[name] = resample([_stratum(costs[name])], _chance(seed, name), resamples)
        classes.append(_of_class(name, costs[name], drawn.get(name)))
    counting = [costs[name] for name in drawn]
    missing = max(0, LEAST_HELD_OUT - sum(each.held_out.size for each in counting))
    if missing:
        return Estimate(tuple(classes), None, missing, None)
    without = sum(float(each.held_out.mean()) * each.counted_for for each in counting)
    return Estimate(tuple(classes), studentised(together(drawn.values()), NOMINAL), 0, without)


def tasks_that_carry(costs: Costs) -> float:
    """Return the share of tasks that carry the cost of a class, over both arms: (Σ cost)² / (n · Σ cost²).

    1 where all cost the same; where a few cost nearly everything it is their share. (Kish, Survey Sampling, 1965, has
    it for weights.) Hundreds of tasks tell little of a cost that comes once in fifty: by chance an arm has none of it,
    and an interval that is drawn from this arm knows nothing of what it missed. Both arms together miss it less easily.
    """
    every = np.concatenate([costs.held_out, costs.treated])
    squares = float(np.square(every).sum())
    return float(every.sum()) ** 2 / (every.size * squares) if squares > 0 else 1.0


def _lacking(costs: Costs) -> tuple[int, int]:
    """Return how many held-out and how many treated tasks a class lacks."""
    needed = max(LEAST_IN_ARM, ceil(LEAST_INFORMATIVE / tasks_that_carry(costs)))
    return max(0, needed - costs.held_out.size), max(0, needed - costs.treated.size)


def _chance(seed: int, name: str) -> np.random.Generator:
    """Return the chance of one class: independent of the others', so that their resamples may be added up."""
    return np.random.default_rng([seed, *name.encode()])


def _of_class(name: str, costs: Costs, drawn: Resampled | None) -> ClassEstimate:
    lacking_held_out, lacking_treated = _lacking(costs)
    return ClassEstimate(
        task_class=name,
        held_out=costs.held_out.size,
        treated=costs.counted_for,
        mean_held_out=float(costs.held_out.mean()) if costs.held_out.size else None,
        mean_treated=float(costs.treated.mean()) if costs.treated.size else None,
        saved=None if drawn is None else studentised(drawn, NOMINAL),
        missing_held_out=lacking_held_out,
        missing_treated=lacking_treated,
    )


def _stratum(costs: Costs) -> Stratum:
    return Stratum(costs.held_out, costs.treated, costs.counted_for)
