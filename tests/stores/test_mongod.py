"""What only a real replica set can show: ``KINTSUGI_TEST_MONGODB_URI`` is its address, with a user that may do all."""

import os
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pymongo import MongoClient, monitoring

from kintsugi.errors import ConfigurationError
from kintsugi.records import Chunk, Document, Record, Suspect
from kintsugi.settings import MongoSettings
from kintsugi.stores.mongo import MongoRecords
from kintsugi.stores.mongo.client import connect
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast, Where
from tests.builders import chunk, document
from tests.stores.record_store_contract import RecordStoreContract

pytestmark = pytest.mark.needs_mongod


@pytest.fixture(scope="session")
def uri() -> str:
    return os.environ["KINTSUGI_TEST_MONGODB_URI"]


@pytest.fixture
def database(uri: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    with MongoClient[Any](uri) as client:
        client.drop_database(name)


@pytest.fixture
def reopen(uri: str, database: str) -> Callable[[], RecordStore]:
    return partial(MongoRecords, partial(MongoClient, uri, timeoutMS=10_000), database)


@pytest.fixture
def records(reopen: Callable[[], RecordStore]) -> Iterator[RecordStore]:
    store = reopen()
    yield store
    store.close()


@pytest.fixture
def records_again(reopen: Callable[[], RecordStore]) -> Iterator[RecordStore]:
    store = reopen()
    yield store
    store.close()


class TestMongodRecords(RecordStoreContract):
    """A replica set keeps the contract."""


def test_a_replica_set_offers_what_the_platform_can_use(records: RecordStore) -> None:
    report = records.describe()
    offered = {each.name: each for each in report.capabilities}
    for name in ("replica set", "majority reads", "retryable writes", "server time", "TTL"):
        assert offered[name].present, (name, offered[name].detail)
        assert offered[name].used
    for name in ("transactions", "change streams"):
        assert offered[name].present, (name, offered[name].detail)
        assert not offered[name].used


def test_a_wrong_password_is_refused(uri: str) -> None:
    with MongoClient[Any](uri) as client:
        hosts = ",".join(f"{host}:{port}" for host, port in client.topology_description.server_descriptions())
    settings = MongoSettings(uri=f"mongodb://{hosts}", username="nobody-of-this-name", password="s3cret")
    with pytest.raises(ConfigurationError) as refused:
        MongoRecords(partial(connect, settings), "kintsugi").count(Document)
    assert "password" in refused.value.next_step
    assert "s3cret" not in str(refused.value)


def test_writes_wait_for_the_majority_and_are_sent_so_that_they_may_be_sent_twice(uri: str, database: str) -> None:
    class Seen(monitoring.CommandListener):
        commands: list[dict[str, Any]] = []

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            self.commands.append(dict(event.command))

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    records = MongoRecords(partial(MongoClient, uri, timeoutMS=10_000, event_listeners=[Seen()]), database)
    records.insert(document(id="d"))
    Seen.commands.clear()
    records.put([document(id="d")])
    records.replace(document(id="d", version=2))
    writes = [command for command in Seen.commands if "update" in command]
    assert len(writes) == 2
    for command in writes:
        assert command["writeConcern"] == {"w": "majority"}
        assert "txnNumber" in command
    records.close()


def test_the_server_takes_the_expiry_of_suspects(uri: str, database: str, records: RecordStore) -> None:
    records.put([Suspect(id="s", target="t", item="x", first_seen=records.now())])
    with MongoClient[Any](uri) as client:
        assert client[database]["suspects"].index_information()["expiry"]["expireAfterSeconds"] == 0


@pytest.mark.parametrize(
    ("kind", "asked", "order", "index"),
    [
        (Document, {"source": "s"}, [("_id", 1)], "source_id"),
        (Document, {"deleted_at": None}, [("_id", 1)], "deleted_at_id"),
        (Document, {"changed_at": AtLeast(5000.0)}, [("changed_at", -1), ("_id", 1)], "changed_at_id"),
        (Chunk, {"document": "d"}, [("_id", 1)], "document_id"),
    ],
)
def test_a_filter_walks_an_index(
    uri: str, database: str, records: RecordStore, kind: type[Record], asked: Where, order: Any, index: str
) -> None:
    from kintsugi.stores.mongo.filters import query

    records.put(document(id=f"{n:05}", source=f"{n}", changed_at=float(n), deleted_at=1.0) for n in range(3000))
    records.put(chunk(f"text {n}").but(id=f"{n:05}", document=f"{n}") for n in range(3000))
    with MongoClient[Any](uri) as client:
        plan = client[database][kind.collection].find(query(kind, asked)).sort(order).explain()
    assert index in str(plan["queryPlanner"]["winningPlan"])


def test_the_digests_are_summed_from_their_index_alone(uri: str, database: str, records: RecordStore) -> None:
    records.put(chunk(f"text {n}").but(id=f"{n:05}") for n in range(500))
    pipeline = [
        {"$match": {"live": True}},
        {"$group": {"_id": "$bucket", "n": {"$sum": 1}, "h": {"$sum": "$_high"}, "l": {"$sum": "$_low"}}},
    ]
    command = {"aggregate": "chunks", "pipeline": pipeline, "cursor": {}, "hint": "digests"}
    with MongoClient[Any](uri) as client:
        plan = client[database].command("explain", command, verbosity="executionStats")
    assert "'totalDocsExamined': 0" in str(plan)
    assert sum(each.count for each in records.digests().values()) == 500
