"""The TCP proxy, between a client and the real MongoDB-wire server."""

import time
from collections.abc import Iterator

import pymongo
import pytest
from pymongo.errors import AutoReconnect, NetworkTimeout, PyMongoError

from tests.engines.proxy import BlackHole, Cut, Proxy, Refuse, Slow
from tests.engines.servers import Server


@pytest.fixture
def proxy(mongo_server: Server) -> Iterator[Proxy]:
    with Proxy(mongo_server.host, mongo_server.port) as proxy:
        yield proxy


@pytest.fixture
def through(proxy: Proxy, mongo_database: str) -> Iterator[pymongo.collection.Collection]:
    """A collection behind the proxy, with a connection that is open already."""
    # without the driver's own retries, and without its background check: every fault meets the test's own request
    with pymongo.MongoClient(
        proxy.uri, serverSelectionTimeoutMS=1000, socketTimeoutMS=2000, retryWrites=False, retryReads=False
    ) as client:
        collection = client[mongo_database]["things"]
        collection.insert_one({"_id": "first"})
        yield collection


@pytest.fixture
def behind(mongo_server: Server, mongo_database: str) -> Iterator[pymongo.collection.Collection]:
    """The same collection, without the proxy."""
    with pymongo.MongoClient(mongo_server.uri) as client:
        yield client[mongo_database]["things"]


def test_a_write_that_is_cut_half_way_does_not_happen(proxy, through, behind) -> None:
    proxy.fault(Cut(sent=1000))
    with pytest.raises(PyMongoError):
        through.insert_one({"_id": "big", "text": "x" * 100_000})
    assert proxy.fired >= 1
    proxy.heal()
    assert behind.find_one("big") is None


def test_a_write_whose_answer_is_cut_has_happened_all_the_same(proxy, through, behind) -> None:
    proxy.fault(Cut(received=5))
    with pytest.raises(AutoReconnect):
        through.insert_one({"_id": "unsure"})
    proxy.heal()
    assert behind.find_one("unsure") == {"_id": "unsure"}


def test_a_fault_for_one_time_heals_itself(proxy, through) -> None:
    proxy.fault(Cut(sent=1000), times=1)
    with pytest.raises(AutoReconnect):
        through.insert_one({"_id": "big", "text": "x" * 100_000})
    through.insert_one({"_id": "big", "text": "x" * 100_000})
    assert proxy.fired == 1


def test_a_refused_client_comes_back_after_healing(proxy, through) -> None:
    proxy.fault(Refuse())
    with pytest.raises(AutoReconnect):
        through.find_one("first")
    proxy.heal()
    assert through.find_one("first") == {"_id": "first"}


def test_a_black_hole_answers_nothing_until_the_client_gives_up(proxy, through) -> None:
    proxy.fault(BlackHole())
    with pymongo.timeout(0.3), pytest.raises(NetworkTimeout):
        through.find_one("first")


def test_slow_answers_arrive_whole(proxy, through) -> None:
    through.insert_one({"_id": "long", "text": "x" * 5000})
    proxy.fault(Slow(0.02, piece=1000))
    begun = time.monotonic()
    assert len(through.find_one("long")["text"]) == 5000
    assert time.monotonic() - begun >= 0.1


def test_healing_ends_a_long_wait_at_once(proxy, through) -> None:
    proxy.fault(Slow(600))
    with pymongo.timeout(0.2), pytest.raises(PyMongoError):
        through.find_one("first")
    proxy.heal()
    assert through.find_one("first") == {"_id": "first"}
