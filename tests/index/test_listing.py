"""What people and pages are told about the generations."""

from kintsugi.index import publish as steps
from kintsugi.index.generations import STALLED_AFTER
from kintsugi.index.listing import listed, notes_on
from kintsugi.index.publish import build, publish
from kintsugi.index.retention import drop
from kintsugi.index.switch import roll_back
from kintsugi.records import POINTER, Generation, Pointer
from tests.builders import RUN
from tests.index.crashing import opened, seed_few

POINTS = Pointer(id=POINTER, generation="serves", previous="g", withdrawn="g", flipped_at=1.0)


def generation(**changes) -> Generation:
    values = {"id": "g", "fingerprint": "f", "dimension": 4, "pipeline": "p", "state": "ready", "created_at": 1.0}
    return Generation(**(values | {"run": RUN} | changes))


def test_a_generation_is_shown_with_what_index_and_pointer_know_of_it(settings, clock):
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    first = publish(platform, RUN).generation
    flipped = clock.now
    clock.advance(500)
    second = steps.plan_build(platform, RUN).generation
    clock.advance(STALLED_AFTER + 10)
    newest, oldest = listed(platform)
    assert (newest.generation, newest.state, newest.entries, newest.notes) == (second, "building", 0, ("stalled",))
    assert newest.quiet == STALLED_AFTER + 10
    assert (oldest.generation, oldest.state, oldest.entries, oldest.ruling) == (first, "serving", 8, "promote")
    assert (oldest.served_since, oldest.model, oldest.notes) == (flipped, "hash", ())
    assert newest.served_since is None
    build(platform, RUN)
    roll_back(platform)
    drop(platform, second, force=True)
    assert [row.notes for row in listed(platform)] == [("dropped",), ()]
    assert listed(platform)[0].entries is None
    platform.close()


def test_what_is_unusual_is_said():
    assert notes_on(generation(), None, 1.0, has_index=True) == ()
    assert notes_on(generation(), POINTS, 1.0, has_index=True) == ("rolled back",)
    assert notes_on(generation(), None, 1.0, has_index=False) == ("its index is missing",)
    assert notes_on(generation(gate={"ruling": "hold"}), None, 1.0, has_index=True) == ("held by the gate",)
    assert notes_on(generation(gate={"ruling": "reject"}), None, 1.0, has_index=True) == ("rejected by the gate",)
    assert notes_on(generation(gate={"ruling": "reject"}, state="serving"), None, 1.0, has_index=True) == ()
    left = generation(state="retired", dropped_at=1.0)
    assert notes_on(left, None, 1.0, has_index=True) == ("dropped", "its index is still there, tidy removes it")
