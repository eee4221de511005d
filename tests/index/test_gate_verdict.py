"""The golden gate decides on pairs of answers: promote, hold or reject."""

import json
from collections import Counter

import numpy as np
import pytest

from kintsugi.index.gate import Comparison, GateVerdict, GoldenQuery, verdict_on
from kintsugi.index.gate.asking import LEGS, Outcome
from kintsugi.settings import GenerationSettings

LIMITS = GenerationSettings()


def outcome(rank: int | None) -> Outcome:
    return Outcome(1 / rank if rank else 0.0, rank, (f"title at {rank}",))


def pair(before: int | None, after: int | None, number: int = 0, *, weight: float = 1.0, **legs) -> Comparison:
    """Return a comparison of ranks, the same in each leg but for those given as ``dense=(before, after)``."""
    ranks = {leg: legs.get(leg, (before, after)) for leg in LEGS}
    return Comparison(
        GoldenQuery(f"query {number}", {"d": 1}, "golden", weight=weight),
        before={leg: outcome(each[0]) for leg, each in ranks.items()},
        after={leg: outcome(each[1]) for leg, each in ranks.items()},
    )


def verdict(pairs: list[Comparison], limits: GenerationSettings = LIMITS) -> GateVerdict:
    return verdict_on(pairs, limits, np.random.default_rng(0))


@pytest.mark.parametrize("pairs", [10, 100, 1_000])
def test_equal_generations_are_promoted(pairs):
    assert verdict([pair(1, 1), pair(3, 3)] * (pairs // 2)).ruling == "promote"


def test_a_better_generation_is_promoted():
    assert verdict([pair(4, 1)] * 30).ruling == "promote"


def test_a_generation_that_is_worse_beyond_chance_is_rejected():
    assert verdict([pair(1, 5)] * 10 + [pair(2, 2)] * 20).ruling == "reject"


def test_a_dead_leg_is_rejected_even_where_the_other_one_hides_it():
    assert verdict([pair(1, 1, dense=(1, None))] * 20).ruling == "reject"
    assert "dense" in verdict([pair(1, 1, dense=(1, None))] * 20).reason


def test_gains_and_losses_in_balance_do_not_hold():
    assert verdict([pair(1, 2), pair(2, 1)] * 20).ruling == "promote"


def test_a_loss_that_chance_may_explain_is_held_for_a_person():
    perhaps = verdict([pair(1, None)] * 2 + [pair(1, 1)] * 18)
    assert perhaps.ruling == "hold"
    assert "promote" in perhaps.reason
    assert len(perhaps.worst) == 2


def test_a_loss_that_is_certain_but_too_small_to_matter_is_promoted():
    loss = [pair(10, 11)] * 200
    assert verdict(loss).ruling == "promote"
    assert verdict(loss, GenerationSettings(gate_tolerance=0)).ruling == "reject"


@pytest.mark.parametrize("pairs", [0, LIMITS.gate_fewest - 1])
def test_too_few_common_queries_hold(pairs):
    held = verdict([pair(1, 1)] * pairs)
    assert held.ruling == "hold"
    assert "promote" in held.reason
    assert verdict([pair(1, 1)] * LIMITS.gate_fewest).ruling == "promote"


def test_three_tests_are_not_three_chances_of_a_false_alarm():
    """Six losses and nothing else have p = 1/64: below 0.05, but not below the third that the first of three gets."""
    lucky = [pair(1, 1, dense=(1, 2))] * 5 + [pair(1, 1)] * 20
    assert verdict(lucky).numbers["dense p"] == pytest.approx(3 / 32, abs=1e-4)
    assert verdict(lucky).ruling == "hold", "not rejected, and not taken for nothing either"


@pytest.mark.parametrize("leg", LEGS)
def test_a_loss_of_one_leg_that_chance_may_explain_is_held_whatever_the_others_say(leg):
    perhaps = verdict([pair(1, 1, **{leg: (1, None)})] * 2 + [pair(1, 1)] * 18)
    assert perhaps.ruling == "hold"
    assert perhaps.reason.startswith(leg)
    assert {each["leg"] for each in perhaps.worst} == {leg}


def test_queries_that_neither_side_answers_are_no_evidence():
    blind = [pair(None, None)] * 100
    assert verdict(blind).ruling == "hold"
    assert "answered by either" in verdict(blind).reason
    assert verdict(blind + [pair(1, 1)] * (LIMITS.gate_fewest - 1)).ruling == "hold"
    assert verdict(blind + [pair(1, 1)] * LIMITS.gate_fewest).ruling == "promote"
    assert verdict(blind + [pair(1, None)] * LIMITS.gate_fewest).numbers["hybrid"] == -1.0, "they hide no loss"
    assert verdict([pair(None, None, dense=(1, 1))] * LIMITS.gate_fewest).ruling == "promote", "one leg is enough"


def rulings(queries: int, lost: float, trials: int = 60) -> Counter[str]:
    """Judge generations that lose this share of the queries, while in each leg one in five changes places by chance."""
    draw = np.random.default_rng(queries)

    def compared() -> Comparison:
        gone = draw.random() < lost
        drawn = {leg: draw.choice([(1, 1), (1, 2), (2, 1)], p=[0.8, 0.1, 0.1]).tolist() for leg in LEGS}
        return pair(1, 1, **{leg: (before, None if gone else after) for leg, (before, after) in drawn.items()})

    return Counter(verdict([compared() for _ in range(queries)]).ruling for _ in range(trials))


@pytest.mark.parametrize(("queries", "lost"), [(20, 0.5), (40, 0.3), (100, 0.2)])
def test_a_loss_worth_noticing_is_rejected_nearly_always_and_promoted_never(queries, lost):
    found = rulings(queries, lost)
    assert found["promote"] == 0
    assert found["reject"] >= 50


def test_chance_alone_is_hardly_ever_rejected():
    assert rulings(100, 0.0)["reject"] <= 4


def test_a_weight_makes_a_query_count_more():
    pairs = [pair(1, None, weight=50)] + [pair(1, 1)] * 20
    assert verdict(pairs).numbers["hybrid"] == pytest.approx(-50 / 70, abs=1e-4)


def test_the_worst_queries_stand_side_by_side_the_greatest_loss_first():
    pairs = [pair(1, number, number, dense=(1, 1)) for number in range(1, 30)]
    worst = verdict(pairs).worst
    assert len(worst) == 10
    assert worst[0]["query"] == "query 29"
    assert worst[0]["before"] == {"rank": 1, "titles": ["title at 1"]}
    assert worst[0]["after"] == {"rank": 29, "titles": ["title at 29"]}
    assert [each["loss"] for each in worst] == sorted((each["loss"] for each in worst), reverse=True)


def test_the_leg_that_lost_most_chooses_the_worst_queries():
    worst = verdict([pair(1, 3, dense=(1, None))] * 20).worst
    assert {each["leg"] for each in worst} == {"dense"}


def test_a_verdict_is_plain_json():
    said = verdict([pair(1, None)] * 20).to_dict()
    assert json.loads(json.dumps(said)) == said
    assert said["ruling"] == "reject"
