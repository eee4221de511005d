"""What patterns saved, net of what learning cost, with all that qualifies the figure."""

from array import array
from collections import Counter
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

import numpy as np

from autorefine.proportions import Difference, Table, newcombe
from kintsugi.platform import Platform
from kintsugi.records.savings import Arm, Assignment, LearningCost, TaskOutcome
from kintsugi.savings.bootstrap import Interval
from kintsugi.savings.estimate import CONFIDENCE, LEAST_HELD_OUT, LEAST_IN_ARM, ClassEstimate, Costs, estimate
from kintsugi.savings.prices import OLD_AFTER_DAYS, Prices, read_prices
from kintsugi.savings.terms import terms_of

MOST_IN_MEMORY = 20_000
"""Costs of one arm of one class that are kept: ids are hashes, so the first ones are a random sample of all."""

MOST_CLASSES = 200
UNLIKELY = 0.001
INSUFFICIENT = "insufficient data"
INCOMPARABLE = "the arms can't be compared"


@dataclass(frozen=True)
class ClassSavings:
    """One class: its estimate, its shares, and how often tasks succeeded in each arm.

    A class that is odd in one way or the other has no estimate, and is no part of the total.

    Attributes:
        assigned_held_out, assigned: tasks that were drawn, with an outcome or without.
        share_is_odd: the share held out is not what chance explains (p < 0.001): the draw was got around.
        outcomes_are_odd: outcomes came more often from one arm than chance explains (p < 0.001): tasks of the other one
            got lost on the way, and perhaps not those that cost the mean.
        success: success rate of treated tasks minus that of held-out ones; ``None`` while an arm is empty.
    """

    estimate: ClassEstimate
    assigned: int
    assigned_held_out: int
    share_is_odd: bool
    outcomes_are_odd: bool
    success: Difference | None

    @property
    def says(self) -> str:
        """Whether there is an estimate, and if not, why."""
        if self.share_is_odd or self.outcomes_are_odd:
            return INCOMPARABLE
        return INSUFFICIENT if self.estimate.saved is None else "estimated"


@dataclass(frozen=True)
class SavingsReport:
    """Savings by class and altogether, in ``prices.currency``.

    Attributes:
        net: what was saved minus what learning cost; ``None`` is *insufficient data*.
        share: ``net`` as a share of what the treated tasks would have cost without patterns; ``None`` with ``net``.
        learning: what learning cost: language models and runs of `refine`.
        missing_held_out: held-out tasks that are lacking, in classes that have `LEAST_IN_ARM` in each arm.
        prices_age_days: how old the prices are.
        left_out: assigned tasks of classes beyond `MOST_CLASSES`, which are not in the figures; classes with outcomes
            go before others.
        at: as of when, store time, seconds since the epoch.
    """

    classes: tuple[ClassSavings, ...]
    net: Interval | None
    share: Interval | None
    learning: float
    missing_held_out: int
    prices: Prices
    prices_age_days: int
    left_out: int
    at: float

    @property
    def says(self) -> str:
        """The finding in words: a saving, a loss, no saving that could be told from chance, or insufficient data."""
        if self.net is None:
            return INSUFFICIENT
        if self.net.holds_zero:
            return "no saving that could be told from chance"
        return "saving" if self.net.low > 0 else "loss"

    @property
    def prices_are_old(self) -> bool:
        """Whether the prices are of a day more than a year ago."""
        return self.prices_age_days > OLD_AFTER_DAYS

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON types, for pages and ``--json``."""
        return {
            "says": self.says,
            "net": None if self.net is None else asdict(self.net),
            "share": None if self.share is None else asdict(self.share),
            "confidence": CONFIDENCE,
            "learning": self.learning,
            "missing_held_out": self.missing_held_out,
            "needed": {"in_each_arm_of_a_class": LEAST_IN_ARM, "held_out_altogether": LEAST_HELD_OUT},
            "prices": asdict(self.prices) | {"date": self.prices.date.isoformat()},
            "prices_age_days": self.prices_age_days,
            "prices_are_old": self.prices_are_old,
            "left_out": self.left_out,
            "at": self.at,
            "classes": [_class_document(each) for each in self.classes],
        }


def savings_report(platform: Platform) -> SavingsReport:
    """Return what patterns saved so far, by the outcomes that are recorded; `collect` brings new ones.

    Memory is bounded by classes and `MOST_IN_MEMORY`, not by tasks.

    Raises:
        ConfigurationError: the price file can't be used.
    """
    prices, now = read_prices(terms_of(platform).prices), platform.records.now()
    tallies: dict[str, _Tally] = {}
    left_out = 0
    for outcome in platform.records.scan(TaskOutcome):
        if tally := _tally_of(outcome.task_class, tallies):
            tally.add(outcome, prices)
    for assignment in platform.records.scan(Assignment):
        if tally := _tally_of(assignment.task_class, tallies):
            tally.assigned[assignment.arm] += 1
            tally.expected += assignment.share
        else:
            left_out += 1
    learning = sum(prices.of_learning(each) for each in platform.records.scan(LearningCost))
    found = estimate({name: tally.costs() for name, tally in tallies.items()})
    net = None if found.saved is None else _less(found.saved, learning)
    without = found.cost_held_out
    return SavingsReport(
        classes=tuple(_of_class(each, tallies[each.task_class]) for each in found.classes),
        net=net,
        share=_divided(net, without) if net is not None and without else None,
        learning=learning,
        missing_held_out=found.missing_held_out,
        prices=prices,
        prices_age_days=prices.age_days(now),
        left_out=left_out,
        at=now,
    )


def _tally_of(task_class: str, tallies: dict[str, "_Tally"]) -> "_Tally | None":
    """Return the tally of a class; ``None`` where there are too many classes already."""
    if task_class not in tallies and len(tallies) == MOST_CLASSES:
        return None
    return tallies.setdefault(task_class, _Tally())


class _Tally:
    """What is counted of one class while its records stream by."""

    def __init__(self) -> None:
        self.assigned: Counter[Arm] = Counter()
        self.expected = 0.0
        self.seen: Counter[Arm] = Counter()
        self.succeeded: Counter[Arm] = Counter()
        self._costs: dict[Arm, array[float]] = {"held out": array("d"), "treated": array("d")}

    def add(self, outcome: TaskOutcome, prices: Prices) -> None:
        self.seen[outcome.arm] += 1
        self.succeeded[outcome.arm] += outcome.succeeded
        if len(self._costs[outcome.arm]) < MOST_IN_MEMORY:
            self._costs[outcome.arm].append(prices.of_task(outcome))

    def costs(self) -> Costs:
        held_out, treated = (np.array(self._costs[arm], np.float64) for arm in ("held out", "treated"))
        compares = not self.share_is_odd and not self.outcomes_are_odd
        return Costs(held_out, treated, self.seen["treated"], compares)

    @property
    def share_is_odd(self) -> bool:
        """Whether chance doesn't explain how many of the assigned tasks are held out: a two-sided binomial test."""
        assigned = sum(self.assigned.values())
        return _is_odd(self.assigned["held out"], assigned, self.expected / assigned if assigned else 0.0)

    @property
    def outcomes_are_odd(self) -> bool:
        """Whether chance doesn't explain how much more often one arm has an outcome: Newcombe's interval."""
        arms = self.assigned["treated"], self.seen["treated"], self.assigned["held out"], self.seen["held out"]
        table = Table(*arms)
        if not table.compares:
            return False
        difference = newcombe(table, 1 - UNLIKELY)
        return not difference.low <= 0 <= difference.high


def _of_class(found: ClassEstimate, tally: _Tally) -> ClassSavings:
    assigned = sum(tally.assigned.values())
    table = Table(
        tally.seen["treated"], tally.succeeded["treated"], tally.seen["held out"], tally.succeeded["held out"]
    )
    return ClassSavings(
        estimate=found,
        assigned=assigned,
        assigned_held_out=tally.assigned["held out"],
        share_is_odd=tally.share_is_odd,
        outcomes_are_odd=tally.outcomes_are_odd,
        success=newcombe(table) if table.compares else None,
    )


def _is_odd(held_out: int, assigned: int, share: float) -> bool:
    """Tell whether chance doesn't explain so many held-out tasks: a binomial test, exact up to 1,000 tasks."""
    if not assigned or not 0 < share < 1:
        return False
    if assigned > 1_000:
        return bool(abs(held_out - share * assigned) > 3.29 * (assigned * share * (1 - share)) ** 0.5)
    chances = [comb(assigned, k) * share**k * (1 - share) ** (assigned - k) for k in range(assigned + 1)]
    tail = min(sum(chances[: held_out + 1]), sum(chances[held_out:]))
    return bool(2 * tail < UNLIKELY)


def _less(saved: Interval, cost: float) -> Interval:
    return Interval(saved.size - cost, saved.low - cost, saved.high - cost)


def _divided(net: Interval, by: float) -> Interval:
    return Interval(net.size / by, net.low / by, net.high / by)


def _class_document(each: ClassSavings) -> dict[str, Any]:
    found = each.estimate
    return {
        "class": found.task_class,
        "says": each.says,
        "held_out": found.held_out,
        "treated": found.treated,
        "mean_held_out": found.mean_held_out,
        "mean_treated": found.mean_treated,
        "saved": None if found.saved is None else asdict(found.saved),
        "missing_held_out": found.missing_held_out,
        "missing_treated": found.missing_treated,
        "assigned": each.assigned,
        "assigned_held_out": each.assigned_held_out,
        "share_is_odd": each.share_is_odd,
        "outcomes_are_odd": each.outcomes_are_odd,
        "success": None if each.success is None else asdict(each.success),
    }
