"""Like is compared with like, and groups that go their own way are no independent witnesses."""

import random
from dataclasses import replace

import pytest

from autorefine.matching import chances, matched
from tests.autorefine.runs import trace

DID = ("do:help",)


def runs(count, *, helps, succeeds, group, task="", seed=0):
    rng = random.Random(f"{group}{task}{seed}")
    made = []
    for n in range(count):
        action = "help" if rng.random() < helps else "guess"
        one = trace(f"{group}{task}{n}", action, "end", success=rng.random() < succeeds, group=group)
        made.append(replace(one, task=task or one.task))
    return made


def test_runs_of_one_task_are_compared_where_tasks_were_tried_often():
    traces = [each for task in "abc" for each in runs(40, helps=0.5, succeeds=0.5, group="g", task=task)]
    assert matched(traces, None, DID, 5).within == "task"


def test_an_easy_group_does_not_make_its_habit_look_good():
    traces = runs(100, helps=0.9, succeeds=0.9, group="easy") + runs(100, helps=0.1, succeeds=0.1, group="hard")
    pairs = matched(traces, None, DID, 5)
    assert pairs.within == "group"
    assert min(chances(pairs, traces, None, DID)) > 0.01


def test_groups_with_habits_of_their_own_are_counted_not_their_runs():
    rng = random.Random(1)
    traces = []
    for number in range(8):
        helps, succeeds = (float(number % 2), rng.choice([0.1, 0.9]))
        traces += runs(40, helps=helps, succeeds=succeeds, group=f"g{number}")
    pairs = matched(traces, None, DID, 5)
    assert pairs.within == "agent version"
    assert min(chances(pairs, traces, None, DID)) > 0.005


def test_without_anything_to_compare_chance_explains_all():
    traces = runs(20, helps=1.0, succeeds=0.5, group="g")
    pairs = matched(traces, None, DID, 5)
    assert (pairs.followed, pairs.otherwise) == (0, 0)
    assert chances(pairs, traces, None, DID) == pytest.approx((1.0, 1.0))


def shares_of_small_chances(made, tries=60):
    """Return how often chance seems to explain less than 5 % of advice that makes no difference."""
    small = 0
    for seed in range(tries):
        traces = made(random.Random(seed))
        small += chances(matched(traces, None, DID, 5), traces, None, DID)[0] < 0.05
    return small / tries


def test_tasks_with_habits_of_their_own_are_counted_not_their_runs():
    def made(rng):
        return [
            each
            for group in range(8)
            for task in range(4)
            for each in runs(
                10, helps=float(rng.random() < 0.5), succeeds=rng.choice([0.1, 0.9]), group=f"g{group}", task=f"t{task}"
            )
        ]

    assert shares_of_small_chances(made) <= 0.15


def test_hours_with_habits_of_their_own_are_counted_where_all_runs_are_of_one_task():
    def made(rng):
        hours = [
            runs(8, helps=float(rng.random() < 0.5), succeeds=rng.choice([0.1, 0.9]), group=f"h{hour}")
            for hour in range(24)
        ]
        return [replace(each, task="run the pipeline") for hour in hours for each in hour]

    assert shares_of_small_chances(made) <= 0.15


def test_an_effect_among_many_tasks_is_seen_in_few_groups():
    traces = []
    for group in range(6):
        for half, succeeds in ((1.0, 0.8), (0.0, 0.3)):
            traces += runs(20, helps=half, succeeds=succeeds, group=f"g{group}", seed=half)
    assert chances(matched(traces, None, DID, 5), traces, None, DID)[0] < 0.001
