"""States follow the pointer, along the table and no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.index.transitions import TRANSITIONS, after, is_flippable, seen_from
from kintsugi.records import POINTER, Generation, Pointer
from tests.builders import RUN

STATES = ("building", "ready", "serving", "previous", "retired")


def generation(state: str, name: str = "g1", **changes) -> Generation:
    return Generation(
        id=name, fingerprint="f", dimension=4, pipeline="p", state=state, run=RUN, created_at=1.0, **changes
    )


@pytest.mark.parametrize(
    ("state", "event", "follows"),
    [
        ("building", "built", "ready"),
        ("ready", "flipped to", "serving"),
        ("serving", "flipped from", "previous"),
        ("previous", "flipped to", "serving"),
        ("previous", "superseded", "retired"),
    ],
)
def test_a_generation_goes_its_way(state, event, follows):
    assert after(state, event) == follows


@pytest.mark.parametrize("event", ["flipped to", "flipped from", "superseded"])
def test_what_is_being_built_is_not_touched_by_any_flip(event):
    assert after("building", event) == "building"


def test_the_serving_one_is_never_given_up():
    assert ("serving", "given up") not in TRANSITIONS


def test_a_generation_that_waits_for_the_gate_is_not_retired_by_the_flip_of_another():
    assert after("ready", "superseded") == "ready"


@given(st.sampled_from(STATES[1:]), st.sampled_from(["serves", "previous", "neither"]), st.booleans())
def test_the_pointer_has_the_last_word_and_saying_it_twice_changes_nothing(state, place, given_up):
    pointer = Pointer(
        id=POINTER,
        generation="g1" if place == "serves" else "g2",
        previous="g1" if place == "previous" else "g3",
        flipped_at=1.0,
    )
    seen = seen_from(pointer, generation(state, dropped_at=5.0 if given_up else None))
    assert seen_from(pointer, seen) == seen
    if place == "neither":
        assert seen.state not in ("serving", "previous")
        assert (seen.dropped_at is not None) == given_up
    else:
        assert seen.state == {"serves": "serving", "previous": "previous"}[place]
        assert is_flippable(seen) == (place == "serves" or not given_up), "what is being dropped does not come back"


@pytest.mark.parametrize("state", STATES)
def test_only_what_was_built_to_the_end_and_not_given_up_may_be_flipped_to(state):
    assert is_flippable(generation(state)) == (state != "building")
    assert not is_flippable(generation(state, dropped_at=1.0))
