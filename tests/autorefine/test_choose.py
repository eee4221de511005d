"""Who is given to an agent: the proven, and now and then somebody new."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from autorefine.choose import choose, is_new
from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.trace import trace_of
from tests.autorefine.runs import pattern, planted

ME = "agent@1"
RUNS = [trace_of(each) for each in planted(20)]


def used(name: str, times: int, succeeded: int, version: str = ME) -> Pattern:
    return replace(pattern(RUNS, name), counters={version: Counters(times, times, succeeded)})


def new(name: str) -> Pattern:
    return replace(pattern(RUNS, name), counters={})


PROVEN = [(used(f"proven {n}", 50, 49 - n), 1.0) for n in range(12)]


def test_the_proven_ones_come_in_the_order_of_their_bound():
    chosen = choose(list(reversed(PROVEN)), 3, agent_version=ME, rng=Random(1))
    assert chosen == [each for each, _ in PROVEN[:3]]


def test_relevance_weighs_as_much_as_the_bound():
    less_relevant = [(PROVEN[0][0], 0.5), *PROVEN[1:]]
    assert choose(less_relevant, 2, agent_version=ME, rng=Random(1), exploration=0)[0] == PROVEN[1][0]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_stated_share_of_places_goes_to_patterns_that_are_new(k):
    fits = [*PROVEN, *((new(f"new {n}"), 1.0) for n in range(12))]
    rng, given = Random(7), Counter[bool]()
    for _ in range(2_000 // k):
        given.update(is_new(each, ME) for each in choose(fits, k, agent_version=ME, rng=rng, exploration=0.2))
    assert given[True] / given.total() == pytest.approx(0.2, abs=0.04)


def test_each_of_the_new_ones_gets_its_turn():
    fits = [*PROVEN, *((new(f"new {n}"), 1.0) for n in range(3))]
    rng = Random(3)
    seen = {each.name for _ in range(400) for each in choose(fits, 4, agent_version=ME, rng=rng) if is_new(each, ME)}
    assert len(seen) == 3


def test_the_same_draws_give_the_same_patterns():
    fits = [*PROVEN, *((new(f"new {n}"), 1.0) for n in range(5))]
    one, other = (choose(fits, 5, agent_version=ME, rng=Random(11), exploration=0.5) for _ in range(2))
    assert one == other


def test_what_another_version_did_with_a_pattern_makes_it_no_less_new():
    elsewhere = used("proven", 500, 500, version="agent@0")
    assert is_new(elsewhere, ME)
    here = used("here", 10, 9)
    assert choose([(elsewhere, 1.0), (here, 1.0)], 1, agent_version=ME, rng=Random(1), exploration=0) == [here]


def test_a_pattern_that_is_always_passed_over_is_not_new_for_ever():
    assert not is_new(replace(new("ignored"), counters={ME: Counters(20, 0, 0)}), ME)


def test_places_that_nobody_new_can_take_are_filled_and_none_is_given_twice():
    chosen = choose(PROVEN, 5, agent_version=ME, rng=Random(1), exploration=1.0)
    assert sorted(each.id for each in chosen) == sorted(each.id for each, _ in PROVEN[:5])


@pytest.mark.parametrize("k", [-1, 0])
def test_no_place_is_no_pattern(k):
    assert choose(PROVEN, k, agent_version=ME, rng=Random(1)) == []


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match="exploration"):
        choose(PROVEN, 3, agent_version=ME, rng=Random(1), exploration=1.5)
