"""What becomes of a pattern."""

from dataclasses import replace

import numpy as np

from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.lifecycle import capped, found_again, not_drawn, pruned, settled
from autorefine.merging import merged
from autorefine.pattern import Pattern, Scope
from autorefine.trace import trace_of
from autorefine.wording import with_counts
from tests.autorefine.runs import GUARD, LOOK_UP, judged, pattern, planted, trace

CONFIG = RefineConfig(grace_uses=1, prune_share=0.5)
RUNS = [trace_of(each) for each in planted(200)]
LATER = [trace_of(each) for each in planted(200, prefix="later", seed=2)]
UNRELATED = [trace_of(each) for each in planted(200, followed_succeed=0.5, others_succeed=0.5, seed=4)]
REVERSED = [trace_of(each) for each in planted(200, followed_succeed=0.1, others_succeed=0.9, seed=3)]
ADVICE = pattern(RUNS, LOOK_UP, guard=GUARD)


def used(name: str, times: int, succeeded: int, **changes: object) -> Pattern:
    """Return an active pattern of its own action with this use behind it."""
    runs = [trace(f"{name}{n}", name if n < 4 else "other", success=n % 2 == 0) for n in range(8)]
    counters = {"agent@1": Counters(times, times, succeeded)}
    return pattern(runs, name, state="active", counters=counters, **changes)


def apply(patterns: list[Pattern], changed: list[Pattern]) -> list[Pattern]:
    return list(({each.id: each for each in patterns} | {each.id: each for each in changed}).values())


def test_all_three_gates_make_a_candidate_active():
    active = judged(ADVICE, RUNS, CONFIG, n=200)
    assert active.state == "active"
    assert [(each.gate, each.ruling) for each in active.verdicts] == [
        ("contract", "admit"),
        ("replay", "admit"),
        ("preservation", "admit"),
    ]
    assert active.looks == 1


def test_without_held_out_runs_it_stays_a_candidate_and_costs_no_look():
    waiting = judged(ADVICE, [], CONFIG, n=10)
    assert (waiting.state, waiting.looks) == ("candidate", 0)


def test_judging_again_at_the_same_moment_changes_nothing():
    once = judged(ADVICE, RUNS, CONFIG, n=200)
    assert judged(once, RUNS, CONFIG, n=200) == once


def test_every_sitting_is_a_look():
    once = judged(ADVICE, RUNS, CONFIG, n=200)
    assert judged(once, RUNS + LATER, CONFIG, n=400).looks == 2


def test_what_one_sitting_admitted_and_the_next_leaves_open_is_a_candidate_again():
    active = judged(ADVICE, RUNS, CONFIG, n=200)
    assert judged(active, UNRELATED, CONFIG, n=400).state == "candidate"
    assert settled(not_drawn(active, n=400), CONFIG).state == "candidate"


def test_what_has_proved_in_use_stays_though_a_sitting_leaves_it_open():
    active = judged(ADVICE, RUNS, CONFIG, n=200)
    served = replace(active, counters={"agent@1": Counters(20, 20, 19)})
    useless = replace(active, counters={"agent@1": Counters(20, 20, 3)})
    assert settled(not_drawn(served, n=400), CONFIG).state == "active"
    assert settled(not_drawn(useless, n=400), CONFIG).state == "candidate"


def test_an_active_pattern_that_new_runs_contradict_is_retired():
    active = judged(ADVICE, RUNS, CONFIG, n=200)
    drifted = judged(active, REVERSED, CONFIG, n=200 + CONFIG.window)
    assert drifted.state == "retired"


def test_finding_a_pattern_again_adds_its_runs_once():
    later = pattern(LATER, LOOK_UP, guard=GUARD)
    more = found_again(ADVICE, later, replace(CONFIG, evidence_limit=1000), n=310)
    assert len(more.evidence) == 400
    assert found_again(more, later, replace(CONFIG, evidence_limit=1000), n=310) == more
    assert f"{more.support.followed_succeeded} of {more.support.followed} recovered" in more.guideline


def test_a_refused_pattern_does_not_come_back():
    refused = judged(ADVICE, REVERSED, CONFIG, n=200)
    assert refused.state == "retired"
    assert found_again(refused, ADVICE, CONFIG, n=310) == refused


def test_a_candidate_that_made_room_comes_back_when_its_effect_is_stronger_or_some_time_has_passed():
    (made_room,) = capped([ADVICE, pattern(RUNS, LOOK_UP)], replace(CONFIG, candidate_cap=1), n=10)
    assert made_room.state == "retired"
    assert found_again(made_room, made_room, CONFIG, n=20).state == "retired"
    stronger = replace(made_room, effect=replace(made_room.effect, low=made_room.effect.low + 0.1))
    assert found_again(made_room, stronger, CONFIG, n=20).state == "candidate"
    assert found_again(made_room, made_room, CONFIG, n=10 + CONFIG.window // 4).state == "candidate"


def test_the_lowest_score_goes_when_too_many_are_active():
    good, poor = used("good", 20, 19), used("poor", 20, 1)
    assert [each.id for each in capped([good, poor], replace(CONFIG, active_cap=1), n=10)] == [poor.id]


def test_pruning_takes_the_lowest_share_but_never_what_is_good_enough():
    patterns = [used("best", 50, 49), used("good", 50, 48), used("poor", 50, 5), used("worst", 50, 1)]
    assert {each.name for each in pruned(patterns, CONFIG, n=20)} == {"poor", "worst"}
    assert pruned(patterns[:2], CONFIG, n=20) == []


def test_a_pattern_in_its_grace_period_is_not_pruned():
    untried = replace(used("untried", 1, 0), counters={})
    assert pruned([used("good", 50, 48), untried], CONFIG, n=20) == []


def test_being_passed_over_counts_only_where_uses_are_reported():
    ignored = replace(used("ignored", 1, 0), counters={"agent@1": Counters(40, 0, 0)})
    silent = replace(used("silent", 1, 0), counters={"ask@1": Counters(40, 0, 0)})
    assert [each.name for each in pruned([used("good", 50, 48), ignored, silent], CONFIG, n=20)] == ["ignored"]


def test_pruning_that_was_cut_short_is_finished_and_not_extended():
    patterns = [used(f"p{n}", 50, n) for n in range(8)]
    whole = pruned(patterns, CONFIG, n=40)
    partly = apply(patterns, whole[:2])
    assert {each.id for each in apply(partly, pruned(partly, CONFIG, n=40)) if each.state == "retired"} == {
        each.id for each in whole
    }


def test_two_patterns_that_say_the_same_become_one_with_its_lineage():
    general, specific = used("list", 20, 18), used("list", 20, 2)
    specific = replace(specific, id="f" * 16, guideline=general.guideline)
    kept, absorbed = merged([general, specific], CONFIG, n=20)
    assert (kept.id, kept.parents, absorbed.state) == (general.id, (specific.id,), "retired")
    assert kept.counters == {"agent@1": Counters(20, 20, 18)}
    assert len(kept.evidence) == len({each.trajectory for each in kept.evidence}) == 8


def test_the_same_words_in_another_order_are_not_merged():
    runs = [trace(f"{n}", *(["a", "b"] if n % 2 else ["b", "a"]), success=n % 3 == 0) for n in range(12)]
    one, other = (pattern(runs, *order, state="active") for order in (("a", "b"), ("b", "a")))
    alike = replace(CONFIG, embed=lambda guidelines: np.ones((len(guidelines), 1)))
    assert merged([one, other], alike, n=20) == []


def test_a_scope_that_is_open_stays_open_when_it_is_found_again():
    everybody = replace(ADVICE, scope=Scope())
    assert found_again(everybody, pattern(LATER, LOOK_UP, guard=GUARD), CONFIG, n=310).scope == Scope()


def test_advice_that_somebody_else_worded_keeps_its_words():
    worded = replace(ADVICE, guideline=with_counts("Names are unknown at first.", ADVICE.support, ADVICE.effect))
    again = found_again(worded, pattern(LATER, LOOK_UP, guard=GUARD), CONFIG, n=310)
    assert again.guideline.startswith("Names are unknown at first. Seen here: ")
    assert again.guideline != worded.guideline


def test_uses_by_an_agent_that_is_good_at_everything_prove_nothing():
    active = judged(ADVICE, RUNS, CONFIG, n=200)
    elsewhere = replace(active, counters={"strong@1": Counters(50, 50, 49)})
    assert settled(not_drawn(elsewhere, n=400), CONFIG).state == "candidate"
    easy = replace(active, evidence=tuple(replace(each, success=True) for each in active.evidence))
    assert (
        settled(not_drawn(replace(easy, counters={"agent@1": Counters(50, 50, 49)}), 400), CONFIG).state == "candidate"
    )


def test_a_merge_that_was_half_written_is_completed_the_same_way():
    one = replace(judged(ADVICE, RUNS, CONFIG, n=200), id="a" * 16)
    other = replace(one, id="b" * 16)
    kept, absorbed = merged([one, other], CONFIG, 20)
    worse_since = replace(kept, counters={"agent@1": Counters(9, 9, 0)}, guideline="other words by now")
    again, gone = merged([worse_since, other if absorbed.id == other.id else one], CONFIG, 20)
    assert (again.id, gone.id, gone.state) == (kept.id, absorbed.id, "retired")


def test_what_held_out_runs_said_stays_with_a_pattern_that_neither_half_shows_any_more():
    active = judged(ADVICE, RUNS[:60], CONFIG, n=200)
    later = not_drawn(active, n=400)
    assert later.told == active.told == active.held_out
    assert f"{100 * later.told.size:+.0f} points" in later.guideline


def test_candidates_that_made_room_come_back_for_what_drew_them_not_for_what_the_gates_said():
    held = judged(ADVICE, UNRELATED, CONFIG, n=200)
    (gone,) = capped([held], replace(CONFIG, candidate_cap=0), n=210)
    assert held.told.size < held.effect.size
    assert found_again(gone, ADVICE, CONFIG, n=220).state == "retired"
