"""Rates, intervals and tests against values known from elsewhere."""

import pytest

from autorefine.beta import beta_cdf, beta_quantile
from autorefine.proportions import (
    Table,
    benjamini_hochberg,
    exact_p,
    matched_difference,
    newcombe,
    wilson,
)


def test_the_beta_distribution_agrees_with_its_closed_forms():
    assert beta_cdf(0.3, 1, 1) == pytest.approx(0.3)
    assert beta_cdf(0.5, 2, 2) == pytest.approx(0.5)
    assert beta_cdf(0.2, 1, 5) == pytest.approx(1 - 0.8**5)
    assert beta_cdf(0.2, 5, 1) == pytest.approx(0.2**5)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1, 7), (30, 4), (400, 900)])
def test_a_quantile_of_the_beta_distribution_is_its_inverse(a, b):
    for probability in (0.025, 0.5, 0.975):
        assert beta_cdf(beta_quantile(probability, a, b), a, b) == pytest.approx(probability, abs=1e-6)


def test_a_beta_distribution_without_positive_parameters_is_refused():
    with pytest.raises(ValueError, match="expected a, b > 0"):
        beta_quantile(0.5, 0, 1)


def test_wilsons_interval_is_that_of_newcombe_1998_table_1():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_newcombes_interval_is_that_of_newcombe_1998_method_10():
    difference = newcombe(Table(70, 56, 80, 48))
    assert (difference.size, difference.low, difference.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_one_stratum_gives_newcombes_interval_itself():
    table = Table(70, 56, 80, 48)
    assert matched_difference([table]) == newcombe(table)


def test_rates_are_compared_only_within_strata():
    strong, weak = Table(90, 81, 10, 9), Table(10, 1, 90, 9)
    pooled = newcombe(Table(100, 82, 100, 18))
    matched = matched_difference([strong, weak])
    assert pooled.low > 0.4
    assert matched is not None
    assert matched.size == pytest.approx(0)


def test_nothing_is_said_when_no_stratum_has_both_sides():
    assert matched_difference([Table(5, 5, 0, 0), Table(0, 0, 5, 1)]) is None


def test_fishers_exact_test_of_the_lady_tasting_tea():
    assert exact_p([Table(4, 3, 4, 1)]) == pytest.approx(34 / 70)
    assert exact_p([Table(4, 3, 4, 1)], one_sided=True) == pytest.approx(17 / 70)


def test_q_values_follow_benjamini_and_hochberg():
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.0533, 0.0533, 0.5], abs=1e-4)
    assert benjamini_hochberg([]) == []
