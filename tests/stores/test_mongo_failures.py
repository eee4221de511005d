"""Networks that break, and clocks that jump, between `MongoRecords` and its server."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from pymongo import MongoClient, monitoring

from kintsugi.errors import AGAIN, ConflictError, StoreUnavailable
from kintsugi.healing.lease import acquire
from kintsugi.records import Document, Lease, LoopState
from kintsugi.settings import MongoSettings
from kintsugi.stores.mongo import MongoRecords
from kintsugi.stores.mongo.client import connect
from tests.builders import document
from tests.engines.proxy import BlackHole, Cut, Fault, Proxy, Refuse, Slow
from tests.engines.servers import Server
from tests.stores.processes import together

A_YEAR = 365 * 86_400.0
DOCUMENTS = [document(id=f"{n:04}", title="x" * 200) for n in range(2500)]


@pytest.fixture
def proxy(mongo_server: Server) -> Iterator[Proxy]:
    with Proxy(mongo_server.host, mongo_server.port) as proxy:
        yield proxy


def opened(uri: str, database: str, timeout: float = 10.0) -> MongoRecords:
    return MongoRecords(partial(connect, MongoSettings(uri=uri, timeout=timeout)), database)


class Settled(monitoring.ServerHeartbeatListener):
    """Counts the driver's looks at a server: at the start there are one or two, and the next is far off."""

    def __init__(self) -> None:
        self.looks = threading.Semaphore(0)

    def started(self, event: monitoring.ServerHeartbeatStartedEvent) -> None: ...

    def succeeded(self, event: monitoring.ServerHeartbeatSucceededEvent) -> None:
        self.looks.release()

    def failed(self, event: monitoring.ServerHeartbeatFailedEvent) -> None: ...


@pytest.fixture
def behind(proxy: Proxy, mongo_database: str) -> Iterator[MongoRecords]:
    """A store behind the proxy, in use already; the next fault hits an operation and not the driver's own looks."""
    settled = Settled()
    options = {"timeoutMS": 10_000, "heartbeatFrequencyMS": 600_000, "event_listeners": [settled]}
    store = MongoRecords(partial(MongoClient, proxy.uri, **options), mongo_database)
    for kind in (Document, LoopState, Lease):
        assert store.delete(kind, ["nobody"]) == 0  # which makes the collection ready
    assert settled.looks.acquire(timeout=10)
    settled.looks.acquire(timeout=1.5)  # the second look comes half a second after the first, or not at all
    yield store
    proxy.heal()
    store.close()


@pytest.fixture
def beside(mongo_server: Server, mongo_database: str) -> Iterator[MongoRecords]:
    """The same store without the proxy."""
    store = opened(mongo_server.uri, mongo_database)
    yield store
    store.close()


def until_it_returns(write: Callable[[], int], tries: int = 20) -> int:
    """Do it again until no error comes, as a retried task does."""
    for _ in range(tries):
        try:
            return write()
        except StoreUnavailable:
            time.sleep(0.05)
    raise AssertionError(f"failed {tries} times")


@pytest.mark.parametrize("cut", [Cut(sent=100_000), Cut(sent=700_000), Cut(received=10)], ids=str)
def test_a_put_that_is_cut_and_done_again_loses_nothing_and_doubles_nothing(
    proxy: Proxy, behind: MongoRecords, beside: MongoRecords, cut: Fault
) -> None:
    proxy.fault(cut, times=1)
    with pytest.raises(StoreUnavailable) as lost:
        behind.put(DOCUMENTS)
    assert AGAIN in lost.value.next_step
    assert until_it_returns(lambda: behind.put(DOCUMENTS)) == len(DOCUMENTS)
    assert [each.but(version=0) for each in beside.scan(Document)] == DOCUMENTS


@pytest.mark.parametrize("cut", [Cut(sent=100_000), Cut(received=10)], ids=str)
def test_of_many_inserts_that_are_cut_and_done_again_each_is_there_once(
    proxy: Proxy, behind: MongoRecords, beside: MongoRecords, cut: Fault
) -> None:
    proxy.fault(cut, times=1)
    with pytest.raises(StoreUnavailable):
        behind.insert_missing(DOCUMENTS)
    until_it_returns(lambda: behind.insert_missing(DOCUMENTS))
    assert [each.but(version=0) for each in beside.scan(Document)] == DOCUMENTS
    assert {each.version for each in beside.scan(Document)} == {1}


def test_an_insert_whose_answer_is_lost_is_not_called_anothers(
    proxy: Proxy, behind: MongoRecords, beside: MongoRecords
) -> None:
    proxy.fault(Cut(received=0), times=1)
    with pytest.raises(StoreUnavailable):
        behind.insert(document(id="d"))
    deadline = time.monotonic() + 10
    while beside.get(Document, "d") is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not behind.insert(document(id="d"))
    assert beside.get(Document, "d") == document(id="d", version=1)


def test_a_replace_whose_answer_is_lost_is_decided_again_and_never_done_twice(
    proxy: Proxy, behind: MongoRecords, beside: MongoRecords
) -> None:
    behind.insert(LoopState(id="counter", body={"count": 0}))
    done = 0
    for n in range(20):
        if n % 4 == 0:
            proxy.fault(Cut(received=0), times=1)
        found = beside.get(LoopState, "counter")
        assert found is not None
        try:
            behind.replace(found.but(body={"count": found.body["count"] + 1}))
        except StoreUnavailable:
            continue
        done += 1
        found = beside.get(LoopState, "counter")
        assert found is not None
        assert found.version == found.body["count"] + 1, "a version for each change, and one change a version"
    found = beside.get(LoopState, "counter")
    assert found is not None
    assert done <= found.body["count"] <= 20
    assert done < 20, "some answers were lost"


def test_a_scan_that_is_cut_is_gone_on_with_from_the_last_id(
    proxy: Proxy, behind: MongoRecords, beside: MongoRecords
) -> None:
    beside.put(DOCUMENTS)
    seen: list[str] = []

    def rest() -> int:
        for each in behind.scan(Document, after=seen[-1] if seen else ""):
            seen.append(each.id)
            if len(seen) in (500, 1500):
                # Twice, since the driver asks again by itself once.
                proxy.fault(Cut(received=1000), times=2)
        return len(seen)

    assert until_it_returns(rest) == len(DOCUMENTS)
    assert proxy.fired == 2
    assert seen == [each.id for each in DOCUMENTS]


def test_slow_answers_are_waited_for(proxy: Proxy, behind: MongoRecords, beside: MongoRecords) -> None:
    beside.put(DOCUMENTS[:1000])
    proxy.fault(Slow(seconds=0.05, piece=40_000))
    assert [each.but(version=0) for each in behind.scan(Document)] == DOCUMENTS[:1000]
    assert behind.put(DOCUMENTS[:1000]) == 1000


@pytest.mark.parametrize("fault", [BlackHole(), Refuse()], ids=str)
def test_a_network_that_swallows_everything_ends_within_seconds_and_is_used_again_afterwards(
    proxy: Proxy, mongo_database: str, fault: Fault
) -> None:
    store = opened(proxy.uri, mongo_database, timeout=2.0)
    store.put(DOCUMENTS[:10])
    proxy.fault(fault)
    for ask in (
        lambda: store.get(Document, "0001"),
        lambda: store.put(DOCUMENTS[:10]),
        lambda: list(store.scan(Document)),
        store.now,
    ):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as silent:
            ask()
        assert time.monotonic() - began < 8
        assert proxy.host in str(silent.value)
    proxy.heal()
    assert until_it_returns(lambda: store.put(DOCUMENTS[:10])) == 10
    store.close()


def test_a_client_without_any_time_out_is_given_one(
    proxy: Proxy, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kintsugi.stores.mongo.connections.PATIENCE", 3.0)
    store = MongoRecords(partial(MongoClient, proxy.uri), mongo_database)
    store.put(DOCUMENTS[:10])
    proxy.fault(BlackHole())
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        store.get(Document, "0001")
    assert time.monotonic() - began < 8
    proxy.heal()
    store.close()


def test_a_local_clock_that_jumps_moves_no_lease(mongo_server: Server, mongo_database: str) -> None:
    settings = MongoSettings(uri=mongo_server.uri)
    ahead, behind_time = (
        MongoRecords(partial(connect, settings), mongo_database, clock=lambda shift=shift: time.time() + shift)
        for shift in (A_YEAR, -A_YEAR)
    )
    lease = acquire(behind_time, "l", "the one behind", 60.0)
    assert abs(lease.expires_at - time.time() - 60) < 30
    with pytest.raises(ConflictError, match="held by the one behind"):
        acquire(ahead, "l", "the one ahead", 60.0)
    readings = [store.now() for _ in range(20) for store in (ahead, behind_time)]
    assert readings == sorted(readings)
    ahead.close()
    behind_time.close()


def write_through_trouble(who: int, uri: str, database: str) -> int:
    """Put and count up through a proxy that cuts; return how many increments were acknowledged."""
    records, done = opened(uri, database), 0
    for n in range(15):
        until_it_returns(lambda n=n: records.put(document(id=f"{who}-{n}-{m}") for m in range(40)), tries=100)
        try:
            found = records.get(LoopState, "counter")
            assert found is not None
            records.replace(found.but(body={"count": found.body["count"] + 1}))
            done += 1
        except (ConflictError, StoreUnavailable):
            continue
    return done


def test_eight_writers_through_a_network_that_cuts_lose_nothing(
    proxy: Proxy, mongo_database: str, beside: MongoRecords
) -> None:
    beside.insert(LoopState(id="counter", body={"count": 0}))
    proxy.fault(Cut(sent=60_000), times=40)
    acknowledged = sum(together(write_through_trouble, 8, proxy.uri, mongo_database))
    assert proxy.fired > 8
    assert {each.id for each in beside.scan(Document)} == {
        f"{who}-{n}-{m}" for who in range(8) for n in range(15) for m in range(40)
    }
    counter = beside.get(LoopState, "counter")
    assert counter is not None
    assert counter.body["count"] >= acknowledged
    assert counter.version == counter.body["count"] + 1
