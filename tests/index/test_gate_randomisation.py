"""The randomisation test: p-values that are exact where they can be, and never lie about the level."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.index.gate.randomisation import EXACT, chance_of_loss, holm

hundredths = st.integers(-100, 100).map(lambda each: each / 100)
differences = st.lists(hundredths, max_size=10)
chances = st.lists(st.floats(0, 1), max_size=6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def by_definition(values: list[float]) -> float:
    """Assign every combination of signs and count the sums that are at most the observed one."""
    observed, tie = sum(values), 1e-9 * sum(map(abs, values))
    sums = [sum(sign * abs(each) for sign, each in zip(signs, values, strict=True)) for signs in _signs(len(values))]
    return sum(each <= observed + 2 * tie for each in sums) / len(sums)


def _signs(count: int):
    return product((-1, 1), repeat=count)


@given(differences)
def test_it_is_the_share_of_all_assignments_of_signs_that_lose_as_much(values):
    assert chance_of_loss(values, rng()) == pytest.approx(by_definition(values), abs=1e-12)


@given(differences, st.integers(0, 50))
def test_pairs_without_a_difference_change_nothing(values, equal):
    assert chance_of_loss([*values, *[0.0] * equal], rng()) == chance_of_loss(values, rng())


@given(differences)
def test_it_is_a_probability_and_both_directions_cover_everything(values):
    worse, better = chance_of_loss(values, rng()), chance_of_loss([-each for each in values], rng())
    assert 0 < worse <= 1
    assert worse + better >= 1


@given(differences.filter(len), st.data())
def test_a_greater_loss_is_never_more_likely_by_chance(values, data):
    position = data.draw(st.integers(0, len(values) - 1))
    lower = [*values]
    lower[position] -= data.draw(st.integers(0, 100)) / 100
    assert chance_of_loss(lower, rng()) <= chance_of_loss(values, rng())


def test_no_difference_is_no_evidence():
    assert chance_of_loss([0.0] * 100, rng()) == 1.0
    assert chance_of_loss([], rng()) == 1.0


@pytest.mark.parametrize("losses", [1, 5, EXACT])
def test_losses_only_are_as_likely_as_so_many_coins_on_one_side(losses):
    assert chance_of_loss([-0.5] * losses, rng()) == 0.5**losses


@pytest.mark.parametrize("losses", [EXACT + 1, 1_000])
def test_drawn_p_values_are_never_zero(losses):
    assert chance_of_loss([-0.5] * losses, rng()) == pytest.approx(1e-4, rel=1)


def test_drawing_comes_near_to_counting():
    values = rng(3).normal(-0.1, 0.3, EXACT).tolist()
    exact = chance_of_loss(values, rng())
    drawn = chance_of_loss([*values, 1e-12], rng())
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9_999) + 1e-4)


def test_the_same_seed_gives_the_same_p_value():
    values = rng(1).normal(0, 1, 60).tolist()
    assert chance_of_loss(values, rng(7)) == chance_of_loss(values, rng(7))


@pytest.mark.parametrize("pairs", [12, 40])
def test_generations_that_are_the_same_are_rarely_taken_for_worse(pairs):
    draw = rng(11)
    alarms = sum(chance_of_loss(draw.choice([-1, -0.5, 0, 0.5, 1], pairs), draw) <= 0.05 for _ in range(400))
    assert alarms <= 20 + 3 * np.sqrt(400 * 0.05 * 0.95)


@given(chances)
def test_holm_never_lowers_a_p_value_and_keeps_their_order(values):
    adjusted = holm(values)
    assert all(before <= after <= 1 for before, after in zip(values, adjusted, strict=True))
    assert [adjusted[each] for each in sorted(range(len(values)), key=values.__getitem__)] == sorted(adjusted)


@given(chances.filter(len))
@settings(max_examples=50)
def test_holm_multiplies_the_smallest_by_the_number_of_tests(values):
    assert min(holm(values)) == min(1.0, len(values) * min(values))


def test_holm_is_as_in_the_textbook():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
