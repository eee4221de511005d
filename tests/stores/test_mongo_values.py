"""Values of records as BSON values: every one comes back, and none looks like something else."""

import enum
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import DataError
from kintsugi.records import DocumentVersion, LoopState
from kintsugi.stores.mongo.codec import LARGEST, decoded, encoded
from kintsugi.stores.mongo.filters import query
from kintsugi.stores.mongo.values import UnfaithfulError, escaped, restored, stored, unescaped
from kintsugi.stores.mongo.writing import BATCH_ROWS, batches
from kintsugi.stores.where import AtLeast, OneOf
from tests.builders import chunk, document, version

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.text("%$.\0 24EF05int", max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**62, 2**66)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@given(key=KEYS)
def test_every_key_comes_back_from_a_name_that_every_server_takes(key: str) -> None:
    name = escaped(key)
    assert unescaped(name) == key
    assert name
    assert name[0] != "$"
    assert not set(name) & {".", "\0"}


@given(one=KEYS, other=KEYS)
def test_two_keys_never_share_a_name(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


@given(value=VALUES)
def test_every_value_comes_back_from_real_bson(value: Any) -> None:
    through = bson.decode(bson.encode({"value": stored(value)}))["value"]
    assert repr(restored(through)) == repr(value)


@given(body=st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_record_comes_back_with_its_stored_version(body: dict[str, Any]) -> None:
    record = LoopState(id="s", body=body)
    found = decoded(LoopState, encoded(record).document(7))
    assert repr(found.body) == repr(body)
    assert found == record.but(version=7)


@pytest.mark.parametrize("level", [1, 79, 80, 81, 100])
def test_a_value_at_any_level_is_within_the_servers_depth(level: int) -> None:
    value: Any = 2**70
    for _ in range(level):
        value = {"a.b": [value, b"bytes" if level < 79 else "text"]}
    written = stored(value)
    assert depth(written) <= 90
    assert restored(bson.decode(bson.encode({"v": written}))["v"]) == value


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0


def test_what_has_no_type_in_json_becomes_what_every_engine_makes_of_it() -> None:
    class Colour(enum.Enum):
        GOLD = "gold"

    body = {"when": datetime(2026, 1, 1, tzinfo=UTC), "colour": Colour.GOLD, "several": (1, 2), 3: "three"}
    record = LoopState.model_construct(id="s", version=0, body=body)
    assert decoded(LoopState, encoded(record).document(1)).body == {
        "when": "2026-01-01T00:00:00Z",
        "colour": "gold",
        "several": [1, 2],
        "3": "three",
    }


def test_what_has_no_form_at_all_is_refused() -> None:
    with pytest.raises(UnfaithfulError, match="type"):
        stored(object())
    with pytest.raises(DataError) as refused:
        encoded(LoopState.model_construct(id="s", version=0, body={"x": object()}))
    assert refused.value.check == "type"


def test_a_text_that_does_not_fit_even_compressed_is_refused_by_its_size() -> None:
    noise = "".join(chr(0x4E00 + (n * n * 2_654_435_761 >> 7) % 20_000) for n in range(10_000_000))
    with pytest.raises(DataError) as refused:
        encoded(version(document(), noise))
    assert refused.value.check == "size"
    assert str(LARGEST) in refused.value.expected


def test_a_large_record_keeps_what_is_filtered_on_in_sight() -> None:
    written = encoded(version(document(), "a line of a log\n" * 1_500_000).but(document="d"))
    shown = bson.decode(written.document(3))
    assert set(shown) == {"_id", "version", "document", "_packed"}
    assert len(written.fields) < LARGEST
    assert set(written.absent) == {"text", "run", "stored_at"}
    assert decoded(DocumentVersion, written.document(3)).text == "a line of a log\n" * 1_500_000


@given(ids=st.lists(st.sampled_from("abcdef"), max_size=40))
def test_a_batch_has_an_id_once_and_batches_keep_the_order(ids: list[str]) -> None:
    grouped = list(batches(encoded(document(id=id, chunks=n)) for n, id in enumerate(ids)))
    assert [each.id for batch in grouped for each in batch] == ids
    assert all(len({each.id for each in batch}) == len(batch) for batch in grouped)


def test_a_batch_is_bounded_by_count_and_bytes() -> None:
    by_count = list(batches(encoded(document(id=f"{n}")) for n in range(2 * BATCH_ROWS + 1)))
    assert [len(batch) for batch in by_count] == [BATCH_ROWS, BATCH_ROWS, 1]
    by_bytes = list(batches(encoded(document(id=f"{n}", title="x" * 3_000_000)) for n in range(7)))
    assert [len(batch) for batch in by_bytes] == [3, 3, 1]


def test_numbers_in_filters_are_of_the_fields_type() -> None:
    made = chunk("text")
    assert query(type(made), {"live": 1}) == {"$and": [{"live": {"$eq": True}}]}
    assert query(type(made), {"bucket": True}) == {"$and": [{"bucket": {"$eq": 1}}]}
    assert query(type(made), {"bucket": AtLeast(2**70)}) == {"$and": [{"bucket": {"$gte": 2.0**70}}]}
    assert query(type(made), {"source": OneOf(("$ne",))}, after="") == {
        "$and": [{"source": {"$in": ["$ne"]}}, {"_id": {"$gt": ""}}]
    }
