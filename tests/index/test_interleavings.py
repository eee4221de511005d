"""Several at once, in any order of their steps, killed between any two: exactly one generation serves, a whole one."""

import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConflictError, TerminalError
from kintsugi.index.generations import changed, flip, pointer_of, settle
from kintsugi.index.retention import drop
from kintsugi.index.switch import promote, roll_back, settle_all, switch
from kintsugi.platform import Platform
from kintsugi.records import Generation
from kintsugi.stores.lance import LanceIndex
from kintsugi.stores.sqlite import SQLiteRecords
from tests.builders import RUN, FakeClock, HashEmbedder

NAMES = ("g0", "g1", "g2", "g3")


class Stopped(BaseException):
    """This process was killed while it waited for its turn."""


class Turns:
    """Lets one of several threads make one step (a call of a store) at a time, in an order that is given."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._waiting: dict[int, str] = {}
        self._working: set[int] = set()

    def step(self, who: int) -> None:
        """Wait for the turn; called before each call of a store."""
        with self._turn:
            self._working.discard(who)
            self._waiting[who] = "waits"
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._waiting[who] != "waits")
            said = self._waiting.pop(who)
            self._working.add(who)
        if said == "dies":
            raise Stopped

    def done(self, who: int) -> None:
        with self._turn:
            self._working.discard(who)
            self._turn.notify_all()

    def play(self, threads: Sequence[threading.Thread], order: Sequence[int], deaths: frozenset[int]) -> None:
        """Start the threads and hand out turns until all have ended; ``deaths`` are numbers of turns that kill."""
        with self._turn:
            self._working = set(range(len(threads)))
        for thread in threads:
            thread.start()
        turn = 0
        while True:
            with self._turn:
                assert self._turn.wait_for(lambda: not self._working, timeout=60)
                if not self._waiting:
                    break
                ready = sorted(self._waiting)
                who = ready[order[turn % len(order)] % len(ready)]
                self._waiting[who] = "dies" if turn in deaths else "goes"
                self._working.add(who)
                self._turn.notify_all()
            turn += 1
        for thread in threads:
            thread.join()


class InTurns:
    """A store or index that waits for its process's turn before each call."""

    def __init__(self, inner, turns: Turns, who: int) -> None:
        self._inner, self._turns, self._who = inner, turns, who

    def __getattr__(self, name):
        method = getattr(self._inner, name)

        def call(*args, **kwargs):
            self._turns.step(self._who)
            result = method(*args, **kwargs)
            return iter(list(result)) if name in ("scan", "entries") else result

        return call


def build_to_the_end(platform: Platform, name: str) -> None:
    platform.index.create(name, 4)
    changed(platform.records, name, lambda each: each.but(state="ready" if each.state == "building" else each.state))


ACTS: dict[str, Callable[[Platform, str], object]] = {
    "build": build_to_the_end,
    "flip": lambda platform, name: switch(platform, name),
    "promote": promote,
    "rollback": lambda platform, _: roll_back(platform),
    "settle": lambda platform, _: settle_all(platform),
    "drop": lambda platform, name: drop(platform, name),
    "drop by force": lambda platform, name: drop(platform, name, force=True),
}

act = st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(NAMES))


def generation(name: str) -> Generation:
    return Generation(id=name, fingerprint="f", dimension=4, pipeline="p", state="building", run=RUN, created_at=1.0)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    var = tmp_path_factory.mktemp("interleaved")
    records, index = SQLiteRecords(var / "records.sqlite", clock=FakeClock()), LanceIndex(var / "index")
    yield records, index
    records.close()


def start(platform: Platform) -> None:
    """Two generations that served, one that is ready, one that is being built."""
    from kintsugi.records import Pointer

    platform.records.delete(Pointer, ["serving"])
    platform.records.delete(Generation, NAMES)
    for name in NAMES:
        platform.records.insert(generation(name))
        platform.index.create(name, 4)
        if name != "g3":
            build_to_the_end(platform, name)
    flip(platform.records, "g0")
    flip(platform.records, "g1")


def require_one_serves(platform: Platform) -> None:
    pointer = pointer_of(platform.records)
    serves = platform.records.get(Generation, pointer.generation)
    assert serves.id in platform.index.names(), "its index is there"
    assert serves.state != "building"
    settle(platform.records)
    states = {each.id: each for each in platform.records.scan(Generation)}
    assert [name for name, each in states.items() if each.state == "serving"] == [pointer.generation]
    assert states[pointer.generation].dropped_at is None
    if pointer.previous:
        assert states[pointer.previous].state == "previous"
    there = set(platform.index.names())
    assert all(each.id in there for each in states.values() if each.dropped_at is None), "what is gone says so"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(act, min_size=2, max_size=3),
    order=st.lists(st.integers(0, 2), min_size=1, max_size=40),
    deaths=st.frozensets(st.integers(0, 60), max_size=2),
)
def test_whatever_happens_at_once_and_whoever_is_killed_one_generation_serves(
    stores, settings, clock, acts, order, deaths
):
    records, index = stores
    platform = Platform(settings, clock).using(records=records, index=index, embedder=HashEmbedder(4))
    start(platform)
    turns = Turns()

    def process(who: int) -> Callable[[], None]:
        own = platform.using(records=InTurns(records, turns, who), index=InTurns(index, turns, who))
        what, name = acts[who]

        def work() -> None:
            try:
                ACTS[what](own, name)
            except (Stopped, TerminalError, ConflictError):
                pass  # killed, or refused: both are in order
            finally:
                turns.done(who)

        return work

    threads = [threading.Thread(target=process(who), daemon=True) for who in range(len(acts))]
    turns.play(threads, order, deaths)
    require_one_serves(platform)
