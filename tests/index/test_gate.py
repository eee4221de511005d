"""The golden gate decides on pairs of reciprocal ranks."""

import pytest

from kintsugi.index.gate import FEWEST_PAIRS, golden_queries, verdict_on
from tests.index.corpus import seed_known_items


def test_equal_generations_are_promoted():
    assert verdict_on([(1.0, 1.0)] * 20).ruling == "promote"


def test_a_generation_that_is_worse_beyond_doubt_is_rejected():
    assert verdict_on([(0.2, 1.0), (0.25, 1.0)] * 15).ruling == "reject"


def test_a_difference_within_chance_does_not_reject():
    assert verdict_on([(1.0, 0.5), (0.5, 1.0), (0.5, 0.6)] * 5).ruling == "promote"


@pytest.mark.parametrize("pairs", [0, FEWEST_PAIRS - 1])
def test_too_few_common_queries_hold(pairs):
    verdict = verdict_on([(1.0, 1.0)] * pairs)
    assert verdict.ruling == "hold"
    assert "promote" in verdict.reason


def test_golden_queries_are_words_of_documents_and_the_same_each_time(platform):
    seed_known_items(platform)
    queries = list(golden_queries(platform, 10))
    assert queries == list(golden_queries(platform, 10))
    assert len({query.document for query in queries}) == 10
    assert all(query.text.startswith("word") for query in queries)
