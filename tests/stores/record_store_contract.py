"""What every `RecordStore` has to do: an adapter subclasses `RecordStoreContract` and gives it the fixtures.

``records`` and ``records_again`` are two handles on one empty store, as two processes would open it; ``reopen`` is a
picklable callable that opens one more, in whichever process calls it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConflictError, DataError, TerminalError
from kintsugi.records import RECORDS, Document, DocumentVersion, Lease, LoopState, Record, Vector, Watermark
from kintsugi.stores.records import RecordStore
from tests.builders import document, version
from tests.stores.held_by_several import ONE_STORE_AFTER_THE_OTHER
from tests.stores.record_filters_contract import FiltersContract
from tests.stores.record_writers_contract import WritersContract
from tests.stores.samples import HOSTILE, bare, every_class

SAMPLES: list[Record] = [*every_class(), *bare()]
IN_ONE_STORE = settings(
    max_examples=40, deadline=None, suppress_health_check=[*ONE_STORE_AFTER_THE_OTHER, HealthCheck.too_slow]
)
KEYS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def stored(record: Record, version: int = 1) -> Record:
    return record.but(version=version)


def nested(levels: int) -> Any:
    """Return lists and objects inside each other, this many levels deep."""
    value: Any = "deepest"
    for level in range(levels):
        value = [value] if level % 2 else {"k.": value}
    return value


class RecordStoreContract(FiltersContract, WritersContract):
    """Round trips, versions and compare-and-set; the bases add filters and concurrency."""

    def test_there_is_a_sample_of_every_class(self) -> None:
        assert {type(record) for record in every_class()} == set(RECORDS)

    @pytest.mark.parametrize("record", SAMPLES, ids=lambda record: f"{record.collection}-{record.id[:8]}")
    def test_a_record_comes_back_as_it_was_stored(
        self, records: RecordStore, records_again: RecordStore, record: Record
    ) -> None:
        assert records.insert(record)
        assert records_again.get(type(record), record.id) == stored(record)
        assert list(records_again.scan(type(record))) == [stored(record)]

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
    def test_no_text_is_dangerous_in_a_field(self, records: RecordStore, text: str) -> None:
        record = document(id="d", external_id=text, title=text, metadata={"k": text})
        records.put([record])
        assert records.get(Document, "d") == stored(record)

    @pytest.mark.parametrize(
        "text", [text for name, text in HOSTILE.items() if name not in ("NUL inside", "a megabyte")]
    )
    def test_no_text_is_dangerous_as_an_id_or_in_a_filter(self, records: RecordStore, text: str) -> None:
        other, record = document(id="another", source="another"), document(id=text, source=text)
        records.put([other, record])
        assert records.get(Document, text) == stored(record)
        assert records.get_many(Document, [text]) == {text: stored(record)}
        assert list(records.scan(Document, {"source": text})) == [stored(record)]
        assert records.delete(Document, [text]) == 1
        assert list(records.scan(Document)) == [stored(other)]

    @pytest.mark.parametrize(
        "refused",
        [
            document(id="a\0b"),
            document(source="a\0b"),
            document(title="half of a pair: \ud83d"),
            document(metadata={"k": "\udfff"}),
            LoopState(id="s", body={"\ud800": None}),
            LoopState(id="s", body={"in": [{"\ud800": "�"}]}),
            Lease(id="l", holder="h", epoch=1, expires_at=float("inf")),
            Watermark(id="w", at=float("nan")),
            LoopState(id="s", body={"deep": [{"in": float("-inf")}]}),
        ],
        ids=[
            "NUL in id",
            "NUL in filtered field",
            "surrogate",
            "nested surrogate",
            "surrogate in key",
            "surrogate in nested key",
            "infinity",
            "NaN",
            "nested infinity",
        ],
    )
    def test_what_would_not_come_back_is_refused_and_nothing_is_written(
        self, records: RecordStore, refused: Record
    ) -> None:
        for write in (records.insert, lambda record: records.put([record])):
            with pytest.raises(DataError):
                write(refused)
        assert records.count(type(refused)) == 0

    def test_ids_that_no_store_can_hold_are_simply_not_there(self, records: RecordStore) -> None:
        records.insert(document(id="a"))
        assert records.get_many(Document, ["a\0b", "a\0", "\0"]) == {}
        assert records.delete(Document, ["a\0b", "a\0"]) == 0
        assert records.get(Document, "a") is not None

    @IN_ONE_STORE
    @given(body=st.dictionaries(KEYS, JSON, max_size=3))
    def test_any_json_comes_back(self, records: RecordStore, body: dict[str, Any]) -> None:
        records.put([LoopState(id="s", body=body)])
        found = records.get(LoopState, "s")
        assert found is not None
        assert repr(found.body) == repr(body)

    def test_numbers_of_any_size_come_back(self, records: RecordStore) -> None:
        body = {"n": [2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**200, -0.0, 1.0, 1, True]}
        records.put([LoopState(id="s", body=body)])
        found = records.get(LoopState, "s")
        assert found is not None
        assert repr(found.body) == repr(body)

    def test_keys_that_look_like_an_engines_own_come_back(self, records: RecordStore) -> None:
        keys = ["", "%", "%%", "%24", "%2E", "%int", "%json", "$", "$$", "$set", ".", "a.b", "_id", "_high", "id", "\0"]
        body = {"all": dict.fromkeys(keys, 1), "each": [{key: "5"} for key in keys]}
        record = LoopState(id="s", body=body)
        records.put([record])
        assert records.get(LoopState, "s") == stored(record)

    @pytest.mark.parametrize("levels", [50, 76, 77, 78, 79, 80, 99, 150, 220, 250, 300, 2000])
    def test_a_deep_nesting_comes_back_or_is_refused(self, records: RecordStore, levels: int) -> None:
        record = LoopState(id="s", body={"deep": nested(levels)})
        check = ""
        try:
            records.put([record])
        except DataError as refused:
            check = refused.check
        assert list(records.scan(LoopState)) == ([] if check else [stored(record)])
        assert check == ("depth" if check else "")
        assert levels > 150 or not check

    def test_a_text_that_is_larger_than_an_engines_documents_comes_back_and_makes_room(
        self, records: RecordStore, records_again: RecordStore
    ) -> None:
        owner = document(id="d")
        large = version(owner, "".join(f"{n} xé🏺 a line of a large log\n" for n in range(470_000))).but(id="v")
        assert len(large.text.encode()) > 16 * 1024 * 1024
        assert records.insert(large)
        assert records_again.get(DocumentVersion, "v") == stored(large)
        assert list(records_again.scan(DocumentVersion, {"document": "d"})) == [stored(large)]
        records.put([large.but(text="short")])
        assert records_again.get(DocumentVersion, "v") == large.but(text="short", version=2)
        assert records.replace(large.but(version=2)) == large.but(version=3)
        assert records_again.get(DocumentVersion, "v") == large.but(version=3)

    @IN_ONE_STORE
    @given(values=st.binary(max_size=2000))
    def test_any_bytes_come_back(self, records: RecordStore, values: bytes) -> None:
        records.put([Vector.of("fp", "v", values)])
        found = records.get(Vector, "fp:v")
        assert found is not None
        assert found.values == values

    def test_of_many_only_those_that_are_missing_are_inserted(self, records: RecordStore) -> None:
        records.insert(document(id="b", title="first"))
        several = [document(id=id, title="second") for id in ("a", "b", "c", "a")]
        assert records.insert_missing(several) == 2
        assert records.insert_missing(several) == 0
        stored = {each.id: (each.title, each.version) for each in records.scan(Document)}
        assert stored == {"a": ("second", 1), "b": ("first", 1), "c": ("second", 1)}

    def test_the_second_insert_of_an_id_writes_nothing(self, records: RecordStore, records_again: RecordStore) -> None:
        assert records.insert(document(id="d", title="first"))
        assert not records_again.insert(document(id="d", title="second"))
        assert records.get(Document, "d") == document(id="d", title="first", version=1)

    def test_put_counts_versions_whatever_version_it_is_given(self, records: RecordStore) -> None:
        for title in ("one", "two", "three"):
            assert records.put([document(id="d", title=title, version=77)]) == 1
        assert records.get(Document, "d") == document(id="d", title="three", version=3)

    def test_of_two_records_with_one_id_in_a_put_the_later_counts(self, records: RecordStore) -> None:
        assert records.put([document(id="d", title="one"), document(id="d", title="two")]) == 2
        assert records.get(Document, "d") == document(id="d", title="two", version=2)

    def test_put_takes_records_of_different_classes_in_one_stream(self, records: RecordStore) -> None:
        samples = every_class()
        assert records.put(iter(samples)) == len(samples)
        assert all(records.get(type(record), record.id) == stored(record) for record in samples)

    def test_put_streams_its_input(self, records: RecordStore, records_again: RecordStore) -> None:
        on_the_way: list[int] = []

        def many() -> Iterator[Document]:
            for n in range(3000):
                yield document(id=f"{n:04}")
            on_the_way.append(records_again.count(Document))

        assert records.put(many()) == 3000
        assert on_the_way[0] > 0

    def test_records_may_be_rewritten_while_they_are_scanned(self, records: RecordStore) -> None:
        records.put(document(id=f"{n:04}") for n in range(1500))
        assert records.put(each.but(title="new") for each in records.scan(Document)) == 1500
        assert {(each.title, each.version) for each in records.scan(Document)} == {("new", 2)}

    def test_replace_writes_when_the_version_is_still_the_stored_one(self, records: RecordStore) -> None:
        records.insert(document(id="d", title="one"))
        first = records.get(Document, "d")
        assert first is not None
        second = records.replace(first.but(title="two"))
        assert second == document(id="d", title="two", version=2)
        assert records.get(Document, "d") == second
        assert records.replace(second.but(title="three")).version == 3

    def test_replace_loses_against_a_faster_writer(self, records: RecordStore, records_again: RecordStore) -> None:
        records.insert(document(id="d", title="one"))
        mine, theirs = records.get(Document, "d"), records_again.get(Document, "d")
        assert mine is not None
        assert theirs is not None
        records_again.replace(theirs.but(title="theirs"))
        with pytest.raises(ConflictError, match="expected version 1; got version 2"):
            records.replace(mine.but(title="mine"))
        assert records.get(Document, "d") == document(id="d", title="theirs", version=2)

    @pytest.mark.parametrize("version", [0, 1])
    def test_replace_of_what_is_not_there_is_a_conflict(self, records: RecordStore, version: int) -> None:
        with pytest.raises(ConflictError, match="no such record"):
            records.replace(document(id="gone", version=version))
        assert records.get(Document, "gone") is None

    def test_delete_counts_what_went_and_does_not_mind_what_was_not_there(self, records: RecordStore) -> None:
        records.put(document(id=f"{n:04}") for n in range(2500))
        assert records.delete(Document, (f"{n:04}" for n in range(1, 3500))) == 2499
        assert records.delete(Document, ["0001", "nothing"]) == 0
        assert records.delete(Document, []) == 0
        assert [each.id for each in records.scan(Document)] == ["0000"]

    def test_a_deleted_record_starts_again_at_version_one(self, records: RecordStore) -> None:
        records.put([document(id="d"), document(id="d")])
        records.delete(Document, ["d"])
        assert records.insert(document(id="d"))
        assert records.get(Document, "d") == document(id="d", version=1)

    def test_get_many_returns_those_that_exist(self, records: RecordStore) -> None:
        records.put(document(id=f"{n:04}") for n in range(2100))
        found = records.get_many(Document, (f"{n:04}" for n in range(100, 3000)))
        assert sorted(found) == [f"{n:04}" for n in range(100, 2100)]
        assert all(found[id].id == id for id in found)
        assert records.get_many(Document, []) == {}

    def test_one_id_in_two_collections_is_two_records(self, records: RecordStore) -> None:
        records.put([Watermark(id="same", at=1.0), LoopState(id="same", body={})])
        assert records.delete(Watermark, ["same"]) == 1
        assert records.get(LoopState, "same") is not None

    def test_an_empty_store_answers_every_question(self, records: RecordStore) -> None:
        assert records.get(Document, "d") is None
        assert list(records.scan(Document)) == []
        assert records.latest(Document, "changed_at") == []
        assert records.count(Document) == 0
        assert records.delete(Document, ["d"]) == 0
        assert records.put([]) == 0
        assert records.digests() == {}

    def test_a_closed_store_says_so(self, records: RecordStore) -> None:
        records.insert(document(id="d"))
        records.close()
        records.close()
        with pytest.raises(TerminalError, match="close"):
            records.get(Document, "d")
