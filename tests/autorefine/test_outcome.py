"""What is believed of a run's end depends neither on the order of words nor on how often they are said."""

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from autorefine.outcome import Outcome, joined, outcome_of
from autorefine.trajectory import CONTRADICTED, Trajectory
from tests.autorefine.runs import run

OUTCOMES = st.none() | st.builds(Outcome, st.booleans() | st.none(), st.sampled_from([None, 1.0, 2.0]))


@given(OUTCOMES, OUTCOMES, OUTCOMES)
def test_joining_is_commutative_associative_and_idempotent(one, other, third):
    assert joined(one, other) == joined(other, one)
    assert joined(joined(one, other), third) == joined(one, joined(other, third))
    assert joined(one, one) == one


@given(st.lists(OUTCOMES), st.booleans())
def test_whatever_was_said_before_who_decides_last_is_believed(words, success):
    assert reduce(joined, words, Outcome(success, 3.0)) == Outcome(success, 3.0)


def test_a_contradiction_is_not_ended_by_saying_one_side_again():
    torn = joined(Outcome(True), Outcome(False))
    assert torn == Outcome(None)
    assert joined(torn, Outcome(True)) == torn
    assert joined(torn, Outcome(True, 1.0)) == Outcome(True, 1.0)


def test_a_trajectory_says_nothing_one_outcome_or_that_it_is_contradicted():
    told = replace(run("r", "a"), outcome_at=4.0)
    assert outcome_of(told) == Outcome(True, 4.0)
    assert outcome_of(replace(told, success=None)) == Outcome(None, 4.0), "it was withdrawn"
    assert outcome_of(replace(told, success=None, outcome_at=None)) is None
    assert outcome_of(replace(told, success=None, outcome_source=CONTRADICTED)) == Outcome(None, 4.0)


def test_what_is_stored_is_read_back_with_the_time_of_its_outcome():
    told = replace(run("r", "a"), outcome_at=4.0)
    assert Trajectory.from_document(told.to_document()) == told
    assert Outcome.from_document(Outcome(None, 4.0).to_document()) == Outcome(None, 4.0)
