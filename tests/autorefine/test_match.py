"""Did a run follow a pattern?"""

from autorefine.match import Guard, match
from autorefine.trajectory import Step
from tests.autorefine.runs import GUARD, LOOK_UP, NO_TABLE, trace

ERROR = Step("query", error=NO_TABLE)


def test_actions_are_matched_in_order_with_other_steps_between():
    seen = trace("a", "open", "wait", "close")
    assert match(seen, None, ["do:open", "do:close"]).steps == (0, 2)
    assert not match(seen, None, ["do:close", "do:open"]).followed


def test_the_leftmost_way_is_taken():
    assert match(trace("a", "open", "open", "close"), None, ["do:open", "do:close"]).steps == (0, 2)


def test_a_run_without_the_situation_is_not_compared():
    assert not match(trace("a", LOOK_UP), GUARD, ["do:list"]).eligible


def test_a_situation_at_the_very_end_leaves_no_chance_to_follow():
    assert not match(trace("a", LOOK_UP, ERROR), GUARD, ["do:list"]).eligible


def test_what_was_done_before_the_situation_does_not_count():
    outcome = match(trace("a", LOOK_UP, ERROR, "guess"), GUARD, ["do:list"])
    assert outcome.eligible
    assert not outcome.followed


def test_the_first_action_must_come_within_the_guards_reach():
    late = trace("a", ERROR, "wait", "wait", LOOK_UP)
    assert match(late, Guard(GUARD.symbol, 3), ["do:list tables"]).followed
    assert not match(late, Guard(GUARD.symbol, 2), ["do:list tables"]).followed


def test_a_general_action_matches_its_specific_forms():
    assert match(trace("a", "list tables"), None, ["do:list"]).followed
    assert not match(trace("a", "list views"), None, ["do:list tables"]).followed
