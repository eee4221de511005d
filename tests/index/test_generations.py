"""The pointer decides which generation answers; states follow it."""

import pytest

from kintsugi.errors import ConflictError, TerminalError
from kintsugi.index.generations import flip, named, pointer_of, serving, settle
from kintsugi.records import POINTER, Generation, Pointer
from tests.builders import RUN


def generation(name: str, state: str = "ready") -> Generation:
    return Generation(id=name, fingerprint="f", dimension=4, pipeline="p", state=state, run=RUN, created_at=1.0)


def states(platform) -> dict[str, str]:
    return {each.id: each.state for each in platform.records.scan(Generation)}


def test_nothing_serves_before_the_first_flip(platform):
    platform.records.insert(generation("g1"))
    assert serving(platform.records) is None


def test_a_flip_makes_the_last_one_previous_and_the_one_before_it_retired(platform):
    for name in ("g1", "g2", "g3"):
        platform.records.insert(generation(name))
        assert flip(platform.records, name)
    assert states(platform) == {"g1": "retired", "g2": "previous", "g3": "serving"}
    assert not flip(platform.records, "g3"), "a second flip to the same generation changes nothing"


def test_a_generation_that_is_being_built_or_was_given_up_is_never_flipped_to(platform):
    platform.records.put([generation("g1", "building"), generation("g2").but(dropped_at=1.0, state="retired")])
    for name in ("g1", "g2"):
        with pytest.raises(TerminalError, match=f"generation {name}: can't be served"):
            flip(platform.records, name)
    assert serving(platform.records) is None


def test_what_was_decided_before_the_pointer_moved_is_worth_nothing(platform):
    platform.records.put([generation("g1"), generation("g2"), generation("g3")])
    assert flip(platform.records, "g1", over=0)
    seen = pointer_of(platform.records).version
    flip(platform.records, "g2")
    flip(platform.records, "g1")
    for over in (0, seen):
        with pytest.raises(ConflictError, match=f"expected version {over} of it; got version 3, at g1"):
            flip(platform.records, "g3", over=over)
    assert serving(platform.records).id == "g1"


def test_a_process_killed_between_pointer_and_states_leaves_nothing_to_clean_up(platform):
    platform.records.put([generation("g1", "serving"), generation("g2")])
    platform.records.put([Pointer(id=POINTER, generation="g2", previous="g1", flipped_at=1.0)])
    assert serving(platform.records).id == "g2"
    settle(platform.records)
    assert states(platform) == {"g1": "previous", "g2": "serving"}


def test_an_unknown_generation_is_named_with_the_known_ones(platform):
    platform.records.insert(generation("g1"))
    with pytest.raises(TerminalError, match=r"g9: unknown; expected one of: g1"):
        named(platform.records, "g9")
