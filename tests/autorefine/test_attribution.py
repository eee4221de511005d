"""Who made a failed run fail, by what can be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autorefine.attribution import attribute
from autorefine.trajectory import Step

TASK = Step("How many people live in Utrecht?")


def test_a_claim_that_the_end_repeats_speaks_for_who_brought_it_in():
    said = [
        TASK,
        Step("I will look it up."),
        Step("It has 999111 inhabitants, says nobody."),
        Step("999111 inhabitants"),
    ]
    found = attribute(said, ["boss", "reader", "guesser", "reader"])
    assert (found.agent, found.step) == ("guesser", 2)


def test_an_error_speaks_for_the_step_that_led_to_it_and_not_for_who_reports_it():
    said = [TASK, Step("run count.py"), Step("exit code 1: No such file"), Step("stop")]
    found = attribute(said, ["boss", "coder", "terminal", "boss"])
    assert (found.agent, found.step) == ("coder", 1)


def test_an_error_of_a_step_itself_is_its_own():
    said = [TASK, Step("plan the work"), Step("query", error="ReadTimeout: 30 s"), Step("stop")]
    assert attribute(said, ["boss", "planner", "reader", "boss"]).step == 2


def test_saying_the_same_again_is_a_sign():
    said = [TASK, Step("scroll down the page"), Step("fine"), Step("scroll down the page"), Step("giving up here")]
    assert attribute(said, ["boss", "surfer", "boss", "surfer", "boss"]).step == 3


def test_without_any_sign_it_is_the_last_speaker():
    assert attribute([TASK, Step("")], ["boss", "reader"]).agent == "reader"
    assert attribute([TASK], ["boss"]).step == 0


@pytest.mark.parametrize(("steps", "speakers"), [([], []), ([TASK], []), ([TASK], ["a", "b"])])
def test_a_speaker_is_needed_for_each_step(steps, speakers):
    with pytest.raises(ValueError, match="expected a speaker"):
        attribute(steps, speakers)


@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from("abc")), min_size=1, max_size=12))
def test_the_blame_is_shared_out_whole_and_the_step_is_the_agents(said):
    found = attribute([Step(text) for text, _ in said], [speaker for _, speaker in said])
    assert sum(found.scores) == pytest.approx(1)
    assert said[found.step][1] == found.agent
