"""A collection of a real MongoDB-wire server as a source."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId, json_util
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from kintsugi.documents.intake.ingest import ingest
from kintsugi.errors import ConfigurationError, DataError, DriftError, SourceUnavailable
from kintsugi.sources.changes.errors import is_lost, offers_no_stream
from kintsugi.sources.changes.names import keys_of, name_of
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.port import Incremental
from tests.builders import RUN
from tests.engines.proxy import Cut, Proxy, Refuse
from tests.engines.servers import Server
from tests.sources.opened_rows import Opener, living

HOUR = "2026-11-24T19"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC)


@pytest.fixture
def orders(mongo_server: Server, mongo_database: str) -> Iterator[Any]:
    """The collection, for the test to write into."""
    with MongoClient[Any](mongo_server.uri) as client:
        orders = client[mongo_database].orders
        orders.insert_many([{"_id": n, "note": f"order number {n}", "at": at(10 + n)} for n in range(1, 4)])
        yield orders


@pytest.fixture
def opened(platform: Any, mongo_server: Server, mongo_database: str, orders: Any) -> Callable[..., Any]:
    open_one = Opener(platform, "mongo")
    fixed = {"uri": mongo_server.uri, "database": mongo_database, "collection": "orders", "idle_seconds": 0.05}
    return lambda **options: open_one(**{**fixed, **options})


def after(source: Any, cursor: str) -> dict[str, str]:
    """Return what each item after the cursor says; ``gone`` for a deleted one."""
    return {
        each.external_id: "gone" if each.deleted else each.read().decode() for each in source.items_after("all", cursor)
    }


def test_a_document_is_its_fields_and_those_inside_them(opened, orders):
    orders.delete_many({})
    id = ObjectId("65a000000000000000000001")
    orders.insert_one(
        {"_id": id, "note": "late", "who": {"name": "x", "tags": ["a", "b"]}, "at": at(19), "price": Decimal128("1.50")}
    )
    (item,) = opened().items()
    assert item.external_id == str(id)
    assert item.read().decode() == (
        f"_id: {id}\nnote: late\nwho.name: x\nwho.tags: a, b\nat: 2026-11-24T19:00:00+00:00\nprice: 1.50\n"
    )
    assert item.locator.startswith("mongodb://127.0.0.1:")
    assert item.locator.endswith(f".orders/{id}")


def test_one_document_is_found_without_the_others(opened, orders):
    orders.insert_one({"_id": "two words/%"})
    source = opened(filter={"_id": {"$ne": 3}})
    assert source.item("all", "1").read().startswith(b"_id: 1\n")
    assert source.item("all", "two words/%25").read() == b"_id: two words/%\n"
    assert source.item("all", "3") is None
    assert source.item("all", "nowhere") is None


def test_a_filter_chooses_and_templates_tell(opened):
    source = opened(filter={"_id": {"$gt": 2}}, title="Order {{ _id }}", text="{{ note }} at {{ at }}")
    (item,) = source.items()
    assert (item.title, item.read()) == ("Order 3", b"order number 3 at 2026-11-24T13:00:00+00:00")


def test_a_document_without_a_field_that_the_template_names_is_refused_alone(opened, orders):
    orders.insert_one({"_id": 4})
    *good, bad = opened(text="{{ note }}").items()
    assert all(each.read() for each in good)
    with pytest.raises(DataError, match="'note' is undefined"):
        bad.read()


def test_a_document_without_its_key_is_refused_alone(opened, orders):
    orders.update_one({"_id": 2}, {"$set": {"note": None}})
    read = list(opened(key="note").items())
    assert sorted(each.external_id for each in read if each.raw_digest) == ["order number 1", "order number 3"]
    (bad,) = (each for each in read if not each.raw_digest)
    with pytest.raises(DataError, match="a row without a key; expected a value in note"):
        bad.read()


def test_the_first_run_lists_everything_and_the_next_what_changed(opened, orders):
    source = opened(text="{{ note }}")
    assert isinstance(source, Incremental)
    assert set(after(source, "")) == {"1", "2", "3"}
    assert source.complete
    position = source.cursor
    after(source, position)  # the server's clock counts seconds: what was written in the last one comes again
    position = source.cursor
    orders.insert_one({"_id": 4, "note": "new"})
    orders.replace_one({"_id": 1}, {"_id": 1, "note": "edited"})
    orders.delete_one({"_id": 2})
    assert after(source, position) == {"1": "edited", "2": "gone", "4": "new"}
    assert not source.complete
    assert after(source, source.cursor) == {}
    assert after(source, position) == {"1": "edited", "2": "gone", "4": "new"}


def test_a_document_that_changed_often_comes_once_as_it_is_now(opened, orders):
    source = opened(text="{{ note }}")
    after(source, "")
    for n in range(5):
        orders.replace_one({"_id": 1}, {"_id": 1, "note": str(n)})
    orders.insert_one({"_id": 5, "note": "short"})
    orders.delete_one({"_id": 5})
    found = list(source.items_after("all", source.cursor))
    assert sorted(each.external_id for each in found) == sorted({each.external_id for each in found})
    told = {each.external_id: "gone" if each.deleted else each.read() for each in found}
    assert (told["1"], told["5"]) == (b"4", "gone")


def test_a_document_that_the_filter_no_longer_takes_is_gone(opened, orders):
    source = opened(filter={"note": {"$ne": "secret"}}, text="{{ note }}")
    after(source, "")
    orders.replace_one({"_id": 1}, {"_id": 1, "note": "secret"})
    assert after(source, source.cursor)["1"] == "gone"


def test_another_filter_lists_everything(opened):
    source = opened()
    after(source, "")
    assert set(after(opened(filter={"_id": {"$gt": 1}}), source.cursor)) == {"2", "3"}


def test_what_is_written_during_the_first_listing_comes_with_the_next_run(opened, orders):
    source = opened(text="{{ note }}")
    items = source.items_after("all", "")
    next(items)
    orders.insert_one({"_id": 0, "note": "meanwhile"})
    list(items)
    assert after(source, source.cursor)["0"] == "meanwhile"


@pytest.mark.parametrize(
    "lost",
    [
        "nonsense",
        "{}",
        '{"token": null, "since": null, "shape": "{shape}"}',
        '{"token": {"never": "given"}, "shape": "{shape}"}',
        '{"token": {"_data": "8265"}, "shape": "another"}',
    ],
)
def test_a_lost_token_lists_everything_and_never_begins_at_now(opened, orders, lost):
    source = opened()
    after(source, "")
    orders.insert_one({"_id": 4})
    shape = json_util.loads(source.cursor)["shape"]
    assert set(after(source, lost.replace("{shape}", shape))) == {"1", "2", "3", "4"}
    assert source.complete
    assert source.cursor


def test_a_collection_that_was_dropped_and_filled_again_is_listed_completely(opened, orders):
    source = opened()
    after(source, "")
    orders.drop()
    orders.insert_one({"_id": 9})
    assert set(after(source, source.cursor)) == {"9"}
    assert source.complete


def test_a_change_that_does_not_say_of_what_lists_everything(opened, orders):
    """This server's event of an update in place has no key; MongoDB's own always has one."""
    source = opened(text="{{ note }}")
    after(source, "")
    after(source, source.cursor)
    orders.update_one({"_id": 1}, {"$set": {"note": "edited"}})
    assert after(source, source.cursor)["1"] == "edited"
    assert source.complete


def test_a_collection_that_is_not_there_holds_the_partition(opened, orders):
    source = opened()
    after(source, "")
    orders.drop()
    with pytest.raises(DriftError, match=r"collection test_\w+.orders: there is no such collection"):
        after(source, source.cursor)


def test_a_run_takes_changes_for_a_bounded_time_and_the_next_takes_the_rest(platform, opened, orders):
    source = opened(text="{{ _id }}")
    after(source, "")
    after(source, source.cursor)
    position = source.cursor
    orders.insert_many([{"_id": n} for n in range(10, 30)])
    ticks = iter(range(1000))
    hasty = Opener(platform, "mongo", lambda: float(next(ticks)))(
        uri=f"mongodb://{orders.database.client.address[0]}:{orders.database.client.address[1]}",
        database=orders.database.name,
        collection="orders",
        idle_seconds=0.05,
        longest_seconds=5,
        text="{{ _id }}",
    )
    first = after(hasty, position)
    assert 0 < len(first) < 20
    rest = after(source, hasty.cursor)
    assert {*first, *rest} == {str(n) for n in range(10, 30)}
    assert not first.keys() & rest.keys()


def test_without_change_streams_a_watermark_is_followed(opened, orders):
    source = opened(changes=False, watermark="at", overlap_seconds=60, text="{{ note }}")
    assert set(after(source, "")) == {"1", "2", "3"}
    orders.insert_many([{"_id": 4, "note": "new", "at": at(14)}, {"_id": 5, "note": "no time"}])
    assert after(source, source.cursor) == {"3": "order number 3", "4": "new", "5": "no time"}
    assert not source.complete


def test_another_key_is_followed_by_watermark_since_deletions_tell_only_the_id(opened):
    assert not isinstance(opened(key="note"), Incremental)
    source = opened(key="note", watermark="at")
    assert set(after(source, "")) == {f"order number {n}" for n in (1, 2, 3)}


def test_an_hour_has_exactly_its_documents_whatever_their_times_are_made_of(opened, orders):
    orders.delete_many({})
    orders.insert_many(
        [
            {"_id": "date", "at": at(19, 30)},
            {"_id": "text", "at": "2026-11-24T19:59:00"},
            {"_id": "seconds", "at": at(19, 1).timestamp()},
            {"_id": "integer", "at": Int64(at(19).timestamp())},
            {"_id": "before", "at": at(18, 59)},
            {"_id": "after", "at": at(20)},
            {"_id": "none"},
        ]
    )
    found = list(opened(partition="hour", watermark="at").items(HOUR))
    assert [each.external_id for each in found if each.raw_digest] == ["date", "integer", "seconds", "text"]
    assert [each.external_id for each in found if not each.raw_digest] == ["none"]


def test_different_ids_have_different_names():
    hexadecimal = "65a000000000000000000001"
    ids = [ObjectId(hexadecimal), hexadecimal, 1, "1", 1.5, "1.5", True, "true", {"a": 1}, '{"a": 1}', "plain", "a\nb"]
    ids += [uuid.uuid4().hex, at(19), "null", '"1"']
    names = [name_of([id]) for id in ids]
    assert len(set(names)) == len(ids)
    assert names[0] == hexadecimal
    assert "plain" in names
    assert all(name.isprintable() for name in names)
    assert all(keys_of(name_of([id])) == [id] for id in ids)


@pytest.mark.parametrize("code", [286, 280, 260, 136, None])
def test_what_the_server_no_longer_knows_counts_as_lost(code):
    assert is_lost(OperationFailure("no longer there", code), "collection x")


@pytest.mark.parametrize("code", [13, 18, 91, 189])
def test_a_refused_login_and_an_election_do_not_count_as_lost(code):
    assert not is_lost(OperationFailure("something else", code), "collection x")


def test_a_server_without_replica_set_offers_no_stream():
    said = "The $changeStream stage is only supported on replica sets"
    assert offers_no_stream(OperationFailure(said, 40573))
    assert not offers_no_stream(OperationFailure("not primary", 10107))


def test_a_server_that_is_not_there_is_an_outage_and_its_login_is_not_shown(platform, monkeypatch):
    monkeypatch.setattr("kintsugi.sources.changes.client._PATIENCE", 200)
    login = Credentials("shop", "mongo", host="127.0.0.1", port=9, login="reader", password="s3cret!", schema="shop")
    source = Opener(platform, "mongo")(connection="shop", credentials=login, collection="orders")
    for ask in (source.check, lambda: list(source.items()), lambda: list(source.items_after("all", ""))):
        with pytest.raises(SourceUnavailable) as error:
            ask()
        assert "s3cret" not in str(error.value)
        assert "reader" not in str(error.value)


def test_a_listing_that_is_cut_in_the_middle_is_an_outage_and_has_no_cursor(opened, orders, mongo_server):
    orders.insert_many({"_id": n, "note": "x" * 1000} for n in range(10, 2000))
    with Proxy(mongo_server.host, mongo_server.port) as proxy:
        source = opened(uri=proxy.uri)
        items = source.items_after("all", "")
        for _ in range(100):
            next(items)
        proxy.fault(Cut(received=100_000))
        with pytest.raises(SourceUnavailable, match=r"collection test_\w+.orders"):
            list(items)
        assert (source.cursor, source.complete) == ("", False)
        proxy.heal()
        assert len(list(source.items_after("all", ""))) == 1993


def test_a_stream_that_can_not_be_reached_is_an_outage_and_not_a_lost_token(opened, orders, mongo_server, monkeypatch):
    monkeypatch.setattr("kintsugi.sources.changes.client._PATIENCE", 200)
    with Proxy(mongo_server.host, mongo_server.port) as proxy:
        source = opened(uri=proxy.uri)
        after(source, "")
        position = source.cursor
        proxy.fault(Refuse())
        with pytest.raises(SourceUnavailable):
            after(source, position)
        proxy.heal()
        orders.insert_one({"_id": 4})
        assert "4" in after(source, position)
        assert not source.complete


def test_an_address_with_a_login_or_without_a_database_is_refused(opened):
    with pytest.raises(ValueError, match="without a login") as error:
        opened(uri="mongodb://reader:s3cret@127.0.0.1")
    assert "s3cret" not in str(error.value.errors()[0]["msg"])
    with pytest.raises(ConfigurationError, match="no database"):
        opened(database="")


def test_edits_additions_and_deletions_reach_the_records(opened, orders, platform):
    def run(number: int) -> Any:
        return ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": f"run-{number}"}))

    assert run(1).written == 3
    assert (run(2).written, run(2).deleted) == (0, 0)
    orders.replace_one({"_id": 1}, {"_id": 1, "note": "edited"})
    orders.delete_one({"_id": 2})
    orders.insert_one({"_id": 4, "note": "new"})
    third = run(3)
    assert (third.written, third.deleted) == (2, 1)
    assert living(platform) == ["1", "3", "4"]
    fourth = run(4)
    assert (fourth.written, fourth.deleted) == (0, 0)
    assert living(platform) == ["1", "3", "4"]
