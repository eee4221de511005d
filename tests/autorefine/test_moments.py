"""Runs are looked at while they go on, and compared at the same moment only."""

import random
from dataclasses import replace

import numpy as np
import pytest

from autorefine.contrasts import contrasts
from autorefine.moments import MOMENTS, moments_of, parts_of, sign
from autorefine.trajectory import Step
from tests.autorefine.runs import trace

SIGN = sign("now", "do:help")


def test_a_run_is_looked_at_only_while_it_goes_on():
    assert len(trace("a", "one", "two", "three").signs) == 2
    assert len(trace("b", *["step"] * 40).signs) == len(MOMENTS)
    assert trace("c", "one").signs == ()


def test_a_sign_says_what_and_how_long_ago():
    signs = trace("a", "one", "two", "three", "four").signs[2]
    assert {sign("now", "do:three"), sign("one step before", "do:two"), sign("two steps before", "do:one")} <= signs
    assert sign("ever", "do:one") in signs
    assert sign("ever", "do:four") not in signs


def test_what_recurs_in_one_group_only_is_no_column():
    traces = [trace(f"{g}{n}", f"only {g}", "common", "end", group=g) for g in "abcd" for n in range(4)]
    symbols = {parts_of(each)[1] for each in moments_of(traces, min_support=2).signs}
    assert "do:common" in symbols
    assert not {"do:only a", "do:only b"} & symbols


def runs(count, effect, *, seed=0, tasks=None):
    """Return runs of three steps, half of which ask for help at first; those succeed more often by ``effect``."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        helped = rng.random() < 0.5
        success = rng.random() < 0.3 + effect * helped
        made.append(
            trace(f"r{number}", "help" if helped else "guess", "go on", "end", success=success, group=f"g{number % 9}")
        )
    return made


def test_a_difference_is_recovered_with_its_interval():
    compared = contrasts(moments_of(runs(2_000, 0.3), [SIGN]))
    difference = compared.difference(0)
    assert difference.low < 0.3 < difference.high
    assert difference.low > 0.2
    assert compared.p()[0] < 1e-6


def test_without_a_difference_small_p_values_are_as_rare_as_they_say():
    p = [contrasts(moments_of(runs(120, 0.0, seed=seed), [SIGN])).p()[0] for seed in range(300)]
    assert np.mean(np.array(p) < 0.05) <= 0.08


def test_rare_successes_do_not_make_a_sign_look_certain():
    traces = [
        trace(f"r{n}", "help" if n % 8 == 0 else "guess", "go on", "end", success=n in (1, 2, 3), group=f"g{n % 9}")
        for n in range(400)
    ]
    assert abs(contrasts(moments_of(traces, [SIGN])).z[0]) < 1.5


def test_many_runs_of_one_task_do_not_count_as_independent():
    def made(tasks):
        rng = random.Random(3)
        lucky = {task: rng.random() for task in range(tasks)}
        found = []
        for n in range(600):
            one = trace(
                f"r{n}", "help" if lucky[n % tasks] < 0.5 else "guess", "go on", "end", success=lucky[n % tasks] < 0.4
            )
            found.append(type(one)(**{**vars_of(one), "task": f"t{n % tasks}"}))
        return contrasts(moments_of(found, [SIGN])).error[0]

    assert made(24) > 2 * made(600)


def vars_of(one):
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_agents_are_never_compared_with_each_other():
    strong = [trace(f"s{n}", "help", "go on", "end", success=True, version="strong") for n in range(50)]
    weak = [trace(f"w{n}", "guess", "go on", "end", success=False, version="weak") for n in range(50)]
    assert contrasts(moments_of([*strong, *weak], [SIGN])).difference(0) is None


def test_no_run_is_no_error():
    compared = contrasts(moments_of([], [SIGN]))
    assert compared.difference(0) is None
    assert compared.p() == pytest.approx([1.0])


def test_a_failed_step_can_be_seen_in_a_sign():
    signs = trace("a", Step("read", error="FileNotFound: x"), "end").signs[0]
    assert sign("now", "error:FileNotFound") in signs


def test_where_there_are_few_tasks_a_sign_can_still_be_seen():
    traces = [
        replace(
            trace(f"r{n}", "help" if n % 2 else "guess", "go on", "end", success=bool(n % 2), group=f"hour {n % 39}"),
            task="run etl",
        )
        for n in range(400)
    ]
    assert contrasts(moments_of(traces, [SIGN])).p()[0] < 1e-6


def test_two_tasks_of_one_group_mirror_each_other_and_are_one_witness():
    rng = random.Random(0)
    traces = [
        replace(trace(f"{task}{n}", "a", task, "end", success=rng.random() < succeeds, group="g"), task=f"task {task}")
        for task, succeeds in (("do", 0.9), ("skip", 0.1))
        for n in range(30)
    ]
    told = contrasts(moments_of(traces, ["now | do:do"], at=(2,)))
    assert abs(told.z[0]) <= 1
