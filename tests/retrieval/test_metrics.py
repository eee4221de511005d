"""Measures against values worked out by hand."""

import math

import pytest

from kintsugi.retrieval.metrics import ndcg, recall, reciprocal_rank


def test_a_perfect_ranking_has_an_ndcg_of_one():
    assert ndcg(["a", "b", "c"], {"a": 2, "b": 1}, 10) == pytest.approx(1.0)


def test_a_relevant_document_at_rank_two_is_discounted():
    assert ndcg(["x", "a"], {"a": 1}, 10) == pytest.approx(1 / math.log2(3))


def test_grades_count_linearly_as_in_trec_eval():
    gained = 1 / math.log2(2) + 3 / math.log2(3)
    best = 3 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(["b", "a"], {"a": 3, "b": 1}, 10) == pytest.approx(gained / best)


def test_what_is_below_the_cut_does_not_count():
    assert ndcg(["x", "a"], {"a": 1}, 1) == 0.0
    assert recall(["x", "a"], {"a": 1, "b": 1}, 1) == 0.0
    assert recall(["x", "a"], {"a": 1, "b": 1}, 2) == 0.5


def test_the_reciprocal_rank_is_that_of_the_first_relevant():
    assert reciprocal_rank(["x", "a", "b"], {"a": 1, "b": 1}) == 0.5
    assert reciprocal_rank(["x"], {"a": 1}) == 0.0


def test_nothing_relevant_is_zero_not_an_error():
    assert ndcg(["a"], {"a": 0}, 10) == recall(["a"], {}, 10) == 0.0
