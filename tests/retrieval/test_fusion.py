"""Fusion of rankings."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.retrieval.fusion import RRF_K, convex_combination, reciprocal_rank_fusion
from kintsugi.stores.search import Hit

rankings = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-5, 50), max_size=8).map(
        lambda scores: [Hit(id, score) for id, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))]
    ),
    min_size=2,
    max_size=2,
)


def test_reciprocal_ranks_are_summed():
    fused = reciprocal_rank_fusion([[Hit("a", 9), Hit("b", 8)], [Hit("b", 0.9)]])
    assert [each.id for each in fused] == ["b", "a"]
    assert fused[0].score == 1 / (RRF_K + 2) + 1 / (RRF_K + 1)
    assert fused[0].legs == {0: 2, 1: 1}


def test_scores_of_a_leg_are_scaled_before_they_are_weighted():
    fused = convex_combination([[Hit("a", 20), Hit("b", 10)], [Hit("b", 0.5), Hit("c", 0.1)]], weights=[0.4, 0.6])
    assert [(each.id, each.score) for each in fused] == [("b", 0.6), ("a", 0.4), ("c", 0.0)]


@given(rankings)
def test_every_hit_is_kept_once_and_the_order_is_by_score_then_id(legs):
    for fused in (reciprocal_rank_fusion(legs), convex_combination(legs, weights=[0.5, 0.5])):
        ids = [each.id for each in fused]
        assert sorted(ids) == sorted({hit.id for leg in legs for hit in leg})
        assert [(-each.score, each.id) for each in fused] == sorted((-each.score, each.id) for each in fused)


@given(rankings)
def test_what_is_first_in_every_leg_is_first(legs):
    firsts = {leg[0].id for leg in legs if leg}
    if len(firsts) == 1 and all(legs):
        (first,) = firsts
        assert reciprocal_rank_fusion(legs)[0].id == first
        best = convex_combination(legs, weights=[0.5, 0.5])
        assert next(each.score for each in best if each.id == first) == best[0].score


@given(rankings, st.floats(0.01, 100), st.floats(-10, 10))
def test_fused_scores_do_not_depend_on_the_scale_of_a_leg(legs, factor, shift):
    moved = [[Hit(hit.id, hit.score * factor + shift) for hit in legs[0]], legs[1]]
    one = {each.id: each.score for each in reciprocal_rank_fusion(legs)}
    other = {each.id: each.score for each in reciprocal_rank_fusion(moved)}
    assert one == other
