"""How good a pattern has proved, and how alike two are."""

from dataclasses import replace
from math import log

import pytest

from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.scores import heeded, posterior_score, promise, score_v1
from autorefine.similarity import cosines, term_vectors
from autorefine.trace import trace_of
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

ADVICE = pattern([trace_of(each) for each in planted(60)], LOOK_UP, guard=GUARD)


def after(used: int, succeeded: int, version: str = "1") -> Pattern:
    return replace(ADVICE, counters={version: Counters(used, used, succeeded)})


def test_an_untried_pattern_is_judged_by_its_evidence_and_not_by_zero():
    untried = replace(ADVICE, counters={})
    assert score_v1(untried) == 0
    assert posterior_score(untried) > 0.1


def test_volume_does_not_beat_quality():
    coin_flip, good = after(400, 200), after(10, 9)
    assert score_v1(coin_flip) > score_v1(good)
    assert posterior_score(coin_flip) < posterior_score(good)


def test_the_first_formula_is_that_of_the_paper():
    assert score_v1(replace(ADVICE, counters={"1": Counters(10, 5, 4)})) == pytest.approx(
        4 / 5.01 * log(6) * (1 + 5 / 10.01)
    )


def test_a_pattern_earns_its_place_with_the_version_that_it_serves_best():
    both = replace(ADVICE, counters={"old": Counters(20, 20, 1), "new": Counters(20, 20, 19)})
    assert posterior_score(both) == posterior_score(after(20, 19, "new"))


def test_easy_tasks_prove_nothing():
    easy = [trace_of(each) for each in planted(60, followed_succeed=0.9, others_succeed=0.9)]
    useless = replace(pattern(easy, LOOK_UP, guard=GUARD), counters={"1": Counters(40, 40, 36)})
    assert posterior_score(useless) < 0 < posterior_score(after(40, 36))


def test_advice_to_avoid_is_compared_with_those_who_did_not():
    runs = [trace_of(each) for each in planted(60, followed_succeed=0.1, others_succeed=0.9)]
    against = pattern(runs, LOOK_UP, guard=GUARD, avoid=True)
    assert heeded(against).followed == against.support.otherwise
    assert posterior_score(replace(against, counters={"1": Counters(20, 20, 18)})) > 0.3


def test_uses_say_nothing_of_a_sign():
    sign = replace(ADVICE, kind="sign", counters={"1": Counters(40, 40, 0)})
    assert posterior_score(sign) == promise(sign)


def test_guidelines_are_alike_by_their_terms_whatever_the_figures():
    one, same, other = "list tables: 3 of 9 succeeded", "list tables: 8 of 9 succeeded", "restart scheduler: 3 of 9"
    similar = cosines(term_vectors([one, same, other]))
    assert similar[0, 1] == pytest.approx(1)
    assert similar[0, 2] == pytest.approx(0)


def test_a_guideline_without_terms_is_like_nothing():
    assert cosines(term_vectors(["", "list tables"]))[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    "wrong", [{"batch_size": 0}, {"window": 0}, {"false_sign_rate": 0.0}, {"confidence": 1.5}, {"prune_share": 0.0}]
)
def test_a_setting_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=rf"RefineConfig\.{next(iter(wrong))}: expected"):
        RefineConfig(**wrong)
