"""What only a real replica set can show of a followed collection: ``KINTSUGI_TEST_MONGODB_URI`` is its address."""

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import json_util
from pymongo import MongoClient

from tests.sources.opened_rows import Opener

pytestmark = pytest.mark.needs_mongod


@pytest.fixture
def orders() -> Iterator[Any]:
    with MongoClient[Any](os.environ["KINTSUGI_TEST_MONGODB_URI"]) as client:
        name = f"test_{uuid.uuid4().hex[:12]}"
        client[name].orders.insert_many([{"_id": n, "note": f"order number {n}"} for n in range(1, 4)])
        yield client[name].orders
        client.drop_database(name)


@pytest.fixture
def opened(platform: Any, orders: Any) -> Callable[..., Any]:
    open_one = Opener(platform, "mongo")
    fixed = {
        "uri": os.environ["KINTSUGI_TEST_MONGODB_URI"],
        "database": orders.database.name,
        "collection": "orders",
        "text": "{{ note }}",
    }
    return lambda **options: open_one(**{**fixed, **options})


def after(source: Any, cursor: str) -> dict[str, str]:
    return {
        each.external_id: "gone" if each.deleted else each.read().decode() for each in source.items_after("all", cursor)
    }


def test_the_first_cursor_is_a_token_and_changes_in_place_come_one_by_one(opened, orders):
    source = opened()
    assert set(after(source, "")) == {"1", "2", "3"}
    assert json_util.loads(source.cursor)["token"]
    orders.update_one({"_id": 1}, {"$set": {"note": "edited"}})
    orders.delete_one({"_id": 2})
    assert after(source, source.cursor) == {"1": "edited", "2": "gone"}
    assert not source.complete


def test_a_token_that_no_server_gave_lists_everything(opened):
    source = opened()
    after(source, "")
    shape = json_util.loads(source.cursor)["shape"]
    for token in ({"_data": "8265"}, {"_data": "no token"}, {}):
        assert set(after(source, json_util.dumps({"token": token, "shape": shape}))) == {"1", "2", "3"}
        assert source.complete


def test_after_a_drop_and_after_a_rename_everything_is_listed(opened, orders):
    source = opened()
    after(source, "")
    orders.drop()
    orders.insert_one({"_id": 9, "note": "new"})
    assert after(source, source.cursor) == {"9": "new"}
    assert source.complete
    orders.rename("earlier")
    orders.insert_one({"_id": 10, "note": "newer"})
    assert after(source, source.cursor) == {"10": "newer"}
    assert source.complete
