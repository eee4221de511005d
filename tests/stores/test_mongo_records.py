"""The contract on MongoDB's protocol, and what the database looks like to others."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.records import Budget, Chunk, Document, LoopState, Record, Suspect, Watermark
from kintsugi.settings import MongoSettings
from kintsugi.stores.mongo import MongoRecords
from kintsugi.stores.mongo.client import connect
from kintsugi.stores.records import RecordStore
from tests.builders import chunk, document
from tests.engines.servers import Server
from tests.stores.record_store_contract import RecordStoreContract


@pytest.fixture
def reopen(mongo_server: Server, mongo_database: str) -> Callable[[], RecordStore]:
    settings = MongoSettings(uri=mongo_server.uri, database=mongo_database)
    return partial(MongoRecords, partial(connect, settings), mongo_database)


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


@pytest.fixture
def seen(mongo_server: Server, mongo_database: str) -> Iterator[Database[Any]]:
    """The database as another client sees it."""
    with MongoClient[Any](mongo_server.uri) as client:
        yield client[mongo_database]


class TestMongoRecords(RecordStoreContract):
    """MongoDB's protocol keeps the contract."""

    def test_a_scan_is_in_id_order_by_code_point(self, records: RecordStore) -> None:
        """The server of the tests compares UTF-16 units: right as long as there is no character beyond 16 bits."""
        odd = ["", " ", "A", "Z", "a", "a.", "aa", "é", "Ω", "日", "\uffff"]
        records.put(document(id=id) for id in reversed(odd))
        assert [each.id for each in records.scan(Document)] == odd


def test_documents_are_native_and_hold_the_fields_under_their_names(records: RecordStore, seen: Database[Any]) -> None:
    made = document(id="d", metadata={"$set": "1", "a.b": "", "": "%"})
    records.put([made, chunk("text").but(id="c", digest=(5 << 31) + 7), LoopState(id="s", body={"n": 2**64})])
    stored = seen["documents"].find_one({"_id": "d"})
    assert stored is not None
    assert set(stored) == {"_id", *Document.model_fields} - {"id"}
    assert stored["metadata"] == {"%24set": "1", "a%2Eb": "", "%": "%"}
    assert seen["chunks"].find_one({}, {"_high": 1, "_low": 1}) == {"_id": "c", "_high": 5, "_low": 7}
    assert seen["loop_state"].find_one() == {"_id": "s", "version": 1, "body": {"n": {"%int": "10000000000000000"}}}


def test_what_may_expire_says_when_and_a_time_that_no_calendar_has_is_left_out(
    records: RecordStore, seen: Database[Any]
) -> None:
    records.put(Suspect(id=str(at), target="t", item="x", first_seen=at) for at in (86_400.0, 1e300))
    records.put([Budget(id="b", target="t", window_start=0.0)])
    when = {each["_id"]: each.get("_expires") for each in seen["suspects"].find()}
    assert str(when["86400.0"]) == "1970-01-09 00:00:00"
    assert when["1e+300"] is None
    assert str(seen["budgets"].find_one()["_expires"]) == "1970-01-31 00:00:00"
    assert seen["suspects"].index_information()["expiry"]["key"] == [("_expires", 1)]
    records.put([Suspect(id="86400.0", target="t", item="x", first_seen=1e300)])
    assert seen["suspects"].find_one({"_id": "86400.0"}, {"_id": 0, "_expires": 1}) == {}


def test_each_filter_has_an_index_that_ends_in_the_id_and_the_digests_have_one(
    records: RecordStore, seen: Database[Any]
) -> None:
    records.put([chunk("text")])
    keys = {name: index["key"] for name, index in seen["chunks"].index_information().items()}
    assert keys["digests"] == [("live", 1), ("bucket", 1), ("_high", 1), ("_low", 1)]
    assert keys["document_id"] == [("document", -1), ("_id", 1)]
    assert set(keys) == {"_id_", "digests", *(f"{field}_id" for field in Chunk.indexed if field != "live")}


def test_a_field_that_is_indexed_later_is_filtered_on_in_what_is_already_stored(
    reopen: Callable[[], RecordStore], seen: Database[Any]
) -> None:
    class Before(Record):
        collection: ClassVar[str] = "things"
        colour: str

    class After(Before):
        indexed: ClassVar[tuple[str, ...]] = ("colour",)

    old, new = reopen(), reopen()
    old.insert(Before(id="a", colour="gold"))
    assert [each.id for each in new.scan(After, {"colour": "gold"})] == ["a"]
    assert old.insert(Before(id="b", colour="gold")), "the older program goes on beside the newer one"
    assert new.count(After, {"colour": "gold"}) == 2
    assert "colour_id" in seen["things"].index_information()
    old.close()
    new.close()


def test_a_record_of_another_shape_is_named(records: RecordStore, seen: Database[Any]) -> None:
    records.insert(document(id="d"))
    seen["documents"].update_one({"_id": "d"}, {"$unset": {"title": ""}})
    with pytest.raises(TerminalError, match=r"doesn't fit Document.*'d'.*title"):
        records.get(Document, "d")


@pytest.mark.parametrize("foreign", [["users"], ["users", "documents"]])
def test_a_database_that_somebody_else_uses_is_refused_and_nothing_is_written(
    records: RecordStore, seen: Database[Any], foreign: list[str]
) -> None:
    for name in foreign:
        seen[name].insert_one({"_id": 1})
    for ask in (lambda: records.count(Document), lambda: records.put([document()]), records.describe):
        with pytest.raises(ConfigurationError, match="belongs to somebody else") as refused:
            ask()
        assert "users" in refused.value.got
        assert "mongo.database" in refused.value.next_step
    assert sorted(seen.list_collection_names()) == sorted(foreign)
    assert [list(seen[name].find()) for name in foreign] == [[{"_id": 1}]] * len(foreign)


def test_a_database_of_a_newer_platform_is_refused(
    records: RecordStore, reopen: Callable[[], RecordStore], seen: Database[Any]
) -> None:
    records.insert(document(id="d"))
    assert seen["kintsugi_meta"].find_one({"_id": "kintsugi"})["schema"] == 1
    seen["kintsugi_meta"].update_one({"_id": "kintsugi"}, {"$set": {"schema": 2}})
    newer = reopen()
    with pytest.raises(ConfigurationError, match=r"expected schema 1 or lower.*got schema 2"):
        newer.insert(document(id="e"))
    newer.close()
    assert seen["documents"].count_documents({}) == 1


def test_another_client_may_work_in_a_database_that_the_platform_has_marked(
    records: RecordStore, reopen: Callable[[], RecordStore], seen: Database[Any]
) -> None:
    records.insert(document(id="d"))
    seen["notes_of_an_operator"].insert_one({})
    later = reopen()
    assert later.count(Document) == 1
    later.close()


def test_a_report_says_what_was_probed_and_leaves_nothing_behind(
    records: RecordStore, seen: Database[Any], mongo_server: Server, mongo_database: str
) -> None:
    records.count(Document)
    assert "asked once" in {each.name: each for each in records.describe().capabilities}["TTL"].detail
    assert seen.list_collection_names() == [], "a database that nobody claimed isn't written to"
    records.insert(document(id="d"))
    before = sorted(seen.list_collection_names())
    report = records.describe()
    offered = {each.name: each for each in report.capabilities}
    assert (report.role, report.engine, report.version) == ("records", "MongoDB", "5.0.0")
    assert report.where == f"{mongo_server.host}:{mongo_server.port}/{mongo_database}"
    assert not any(each.used and not each.present for each in report.capabilities)
    assert offered["server time"].used
    for missing in ("replica set", "retryable writes", "transactions", "TTL", "$vectorSearch", "$rankFusion"):
        assert not offered[missing].present, missing
        assert offered[missing].detail
    assert "40324" in offered["$vectorSearch"].detail
    assert sorted(seen.list_collection_names()) == before


def test_two_that_probe_at_once_are_not_in_each_others_way_and_a_killed_one_is_cleaned_up_after(
    records: RecordStore, seen: Database[Any]
) -> None:
    records.insert(document(id="d"))
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    killed, working = ObjectId.from_datetime(long_ago), ObjectId()
    for scratch in (killed, working):
        seen[f"kintsugi_scratch_{scratch}"].insert_one({"_id": "probe"})
    records.describe()
    left = [name for name in seen.list_collection_names() if name.startswith("kintsugi_scratch")]
    assert left == [f"kintsugi_scratch_{working}"]


@pytest.mark.parametrize("schema", [1.0, 2.0, 1.5, None])
def test_a_schema_that_a_shell_wrote_as_a_float_counts_where_it_is_whole(
    records: RecordStore, seen: Database[Any], schema: float | None
) -> None:
    seen["kintsugi_meta"].insert_one({"_id": "kintsugi", "schema": schema})
    if schema == 1.0:
        assert records.insert(document(id="d"))
        return
    with pytest.raises(ConfigurationError, match="expected schema 1 or lower"):
        records.insert(document(id="d"))


def test_a_forked_child_and_its_parent_both_go_on(records: RecordStore) -> None:
    records.insert(Watermark(id="before", at=1.0))
    child = os.fork()
    if child == 0:
        try:
            ok = records.get(Watermark, "before") is not None and records.insert(Watermark(id="child", at=1.0))
            records.close()
            os._exit(0 if ok else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert records.insert(Watermark(id="parent", at=1.0))
    assert [each.id for each in records.scan(Watermark)] == ["before", "child", "parent"]


def test_a_client_that_decodes_in_its_own_way_serves_as_well(mongo_server: Server, mongo_database: str) -> None:
    """Airflow's connection may bring any options: time zones, document classes, a weak write concern."""
    from bson import SON

    client = partial(MongoClient, mongo_server.uri, document_class=SON, tz_aware=False, w=0, readPreference="secondary")
    records = MongoRecords(client, mongo_database)
    made = document(id="d", metadata={"a.b": "c"})
    assert records.insert(made)
    assert records.get(Document, "d") == made.but(version=1)
    assert abs(records.now() - MongoRecords(client, mongo_database).now()) < 30
    records.close()
