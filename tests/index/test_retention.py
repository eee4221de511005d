"""Old indexes go, the serving and the previous one never do, and nothing serves what was given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import TerminalError
from kintsugi.index.generations import flip, named, pointer_of, serving, settle
from kintsugi.index.publish import build, publish
from kintsugi.index.retention import disposable, drop, give_up, retain, strangers
from kintsugi.index.switch import promote, roll_back
from kintsugi.records import POINTER, Generation, Pointer
from kintsugi.settings import GenerationSettings
from tests.builders import RUN
from tests.index.crashing import opened, seed_few
from tests.index.drifting import Interfering

LIMITS = GenerationSettings(keep_retired=1, retire_after=3600)
POINTS = Pointer(id=POINTER, generation="serves", previous="before", flipped_at=1.0)


def generation(name: str, state: str, heartbeat: float) -> Generation:
    return Generation(
        id=name, fingerprint="f", dimension=4, pipeline="p", state=state, run=RUN, created_at=1.0, heartbeat=heartbeat
    )


SERVES, BEFORE = generation("serves", "serving", 9000), generation("before", "previous", 10)


def going(*others: Generation, now: float = 10_000) -> list[str]:
    return [each.id for each in disposable([SERVES, BEFORE, *others], POINTS, now, LIMITS)]


def test_the_newest_retired_ones_are_kept_and_the_others_go_after_a_while():
    retired = [generation(f"g{n}", "retired", 1000.0 * n) for n in range(1, 9)]
    assert set(going(*retired)) == {"g1", "g2", "g3", "g4", "g5", "g6"}
    assert set(going(*retired, now=8000)) == {"g1", "g2", "g3", "g4"}


@pytest.mark.parametrize("state", ["ready", "building"])
def test_what_was_begun_or_held_back_goes_once_publishing_has_gone_on_elsewhere(state):
    assert going(generation("left", state, 5000)) == ["left"]
    assert going(generation("fresh", state, 6000)) == []


def test_a_held_generation_that_publishing_goes_on_with_stays_however_long_it_takes():
    assert going(generation("held", "ready", 9500), now=1e9) == []


@given(
    st.lists(st.tuples(st.sampled_from(["building", "ready", "retired"]), st.floats(0, 2e4)), max_size=8),
    st.floats(0, 2e4),
)
def test_the_serving_and_the_previous_one_never_go(others, now):
    names = going(*(generation(f"g{n}", *each) for n, each in enumerate(others)), now=now)
    assert {"serves", "before"}.isdisjoint(names)
    assert len(names) == len(set(names))


@pytest.fixture
def three(settings, clock):
    """Three generations of the same settings; the third serves."""
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    publish(platform, RUN)
    for _ in range(2):
        clock.advance(1000)
        build(platform, RUN)
    yield platform
    platform.close()


def by_state(platform) -> dict[str, str]:
    return {each.state: each.id for each in platform.records.scan(Generation)}


def test_a_round_drops_what_is_old_once_and_leaves_the_record_as_history(three, clock):
    limits = three.settings.generations.model_copy(update={"keep_retired": 0})
    frugal = type(three)(three.settings.model_copy(update={"generations": limits}), clock)
    frugal = frugal.using(records=three.records, index=three.index)
    retired = by_state(three)["retired"]
    assert retain(frugal).dropped == ()
    clock.advance(4000)
    assert retain(frugal).dropped == (retired,)
    assert retired not in three.index.names()
    assert named(three.records, retired).dropped_at == clock.now
    assert retain(frugal).dropped == (), "a second round does nothing"
    assert len(three.index.names()) == 2


def test_the_serving_one_is_not_dropped_by_anybody(three):
    with pytest.raises(TerminalError, match="got the serving one"):
        drop(three, by_state(three)["serving"], force=True)
    assert serving(three.records).id in three.index.names()


def test_the_previous_one_is_dropped_only_by_force_and_then_there_is_no_rollback(three):
    previous = by_state(three)["previous"]
    with pytest.raises(TerminalError, match="--force"):
        drop(three, previous)
    drop(three, previous, force=True)
    assert previous not in three.index.names()
    assert pointer_of(three.records).previous == ""
    with pytest.raises(TerminalError, match="no generation served before"):
        roll_back(three)


def test_what_was_dropped_is_never_served_again(three):
    retired = by_state(three)["retired"]
    drop(three, retired)
    drop(three, retired)
    with pytest.raises(TerminalError, match="can't be served"):
        promote(three, retired)
    with pytest.raises(TerminalError, match="can't be served"):
        flip(three.records, retired)


def test_a_settle_that_read_the_pointer_before_a_drop_does_not_bring_back_what_was_dropped(three):
    previous = by_state(three)["previous"]
    late = Interfering(three.records, "scan", lambda: give_up(three.records, previous, force=True))
    settle(late)
    assert named(three.records, previous).dropped_at is not None
    with pytest.raises(TerminalError, match="can't be served"):
        promote(three, previous)


def test_while_nothing_serves_nothing_is_dropped(platform):
    platform.records.insert(generation("g", "building", 1.0))
    with pytest.raises(TerminalError, match="none serves yet"):
        drop(platform, "g")
    assert retain(platform).dropped == ()


def test_an_index_of_no_generation_is_named_and_left_alone_unless_a_person_says_otherwise(three):
    three.index.create("somebody-elses", 4)
    assert strangers(three) == ("somebody-elses",)
    assert retain(three).strangers == ("somebody-elses",)
    with pytest.raises(TerminalError, match="belongs to no generation"):
        drop(three, "somebody-elses")
    drop(three, "somebody-elses", force=True)
    assert strangers(three) == ()


def test_an_unknown_name_is_refused(three):
    with pytest.raises(TerminalError, match="g9: unknown"):
        drop(three, "g9")
