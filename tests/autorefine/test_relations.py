"""How a step stands to what came before it, in any environment."""

from autorefine.relations import relations, task_symbols
from autorefine.symbols import outcome_symbols
from autorefine.trajectory import Step


def related(*steps, task=""):
    return relations(steps, [outcome_symbols(s.action, s.observation, s.error) for s in steps], task)


def test_an_action_that_was_done_before_is_told_from_a_new_one():
    first, other, again = related(Step("open door"), Step("look"), Step("open door"))
    assert "is:an action that was done before" in again
    assert not {"is:an action that was done before"} & {*first, *other}


def test_a_name_that_an_error_refused_is_recognised_until_an_answer_shows_it():
    steps = related(
        Step("read flights", error="no such file: flights"),
        Step("open flights"),
        Step("list", observation="flights\ncrews"),
        Step("read flights"),
    )
    named = ["is:with a name that was refused" in each for each in steps]
    assert named == [False, True, False, False]


def test_words_that_were_seen_in_answers_make_an_action_grounded():
    guess, _, grounded = related(Step("read pilots"), Step("list", observation="read crews"), Step("read crews"))
    assert "is:hardly made of words that were seen" in guess
    assert "is:nearly all made of words that were seen" in grounded


def test_an_answer_that_came_before_is_recognised_as_a_failure_is():
    first, second = related(Step("a", observation="nothing new here"), Step("b", observation="nothing new here"))
    assert "got:an answer that came before" not in first
    assert "got:an answer that came before" in second
    (failed,) = related(Step("a", error="denied"))
    assert "got:a failure" in failed


def test_the_form_of_an_answer_is_told_without_its_values():
    (one,) = related(Step("count", observation="[(12, 'Oslo'), (7, 'Bergen')]"))
    (other,) = related(Step("count", observation="[(3, 'Rome'), (8, 'Milan')]"))
    assert one == other
    assert "got:about 2 things" in one
    assert "got:words and numbers" in one


def test_things_that_come_twice_are_told():
    (twice,) = related(Step("list", observation="ada\nada\nbob"))
    (once,) = related(Step("list", observation="ada\nbob"))
    assert "got:a thing twice" in twice
    assert "got:things that all differ" in once


def test_words_of_the_task_in_an_answer_are_counted():
    (seen,) = related(Step("list", observation="ships and crews"), task="How many ships have crews?")
    assert "got:2 words of the task" in seen


def test_a_task_becomes_its_words_and_their_number_and_no_text_nothing():
    assert task_symbols("List all ships") == ("task:list", "task:all", "task:ships", "task:about 2 words")
    assert task_symbols("") == ()
