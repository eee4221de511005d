"""Scans, filters, order, counts and digests of every `RecordStore`."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConfigurationError
from kintsugi.records import Chunk, Document, Record
from kintsugi.stores.records import BucketDigest, RecordStore
from kintsugi.stores.where import AtLeast, Below, OneOf, Where
from tests.builders import chunk, document
from tests.stores.held_by_several import ONE_STORE_AFTER_THE_OTHER
from tests.stores.samples import live_chunk


def ids(found: Any) -> list[str]:
    return [record.id for record in found]


def meets(record: Record, where: Where) -> bool:
    """Return what the words of `Where` say, in Python."""

    def one(value: Any, wanted: Any) -> bool:
        match wanted:
            case AtLeast():
                return value is not None and bool(value >= wanted.value)
            case Below():
                return value is not None and bool(value < wanted.value)
            case OneOf():
                return value in wanted.values
            case _:
                return bool(value == wanted)

    return all(one(getattr(record, field), wanted) for field, wanted in where.items())


def one_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[OneOf]:
    return st.lists(values, max_size=3).map(tuple).map(OneOf)


TIMES = st.none() | st.sampled_from([0.0, 1.0, 1.5, 2.0])
NUMBERS = st.sampled_from([-1, 0, 1, 1.5, 2.0, 3])
SOURCES = st.sampled_from(["airflow", "it's", "", "$ne"])
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "source": SOURCES
        | st.lists(SOURCES, max_size=3).map(tuple).map(OneOf)
        | SOURCES.map(AtLeast)
        | SOURCES.map(Below),
        "deleted_at": TIMES
        | st.lists(TIMES, max_size=3).map(tuple).map(OneOf)
        | NUMBERS.map(AtLeast)
        | NUMBERS.map(Below),
        "changed_at": NUMBERS | NUMBERS.map(AtLeast) | NUMBERS.map(Below),
        "version": st.just(1) | st.just(AtLeast(2)),
        "id": st.just(OneOf(("00", "03", "nothing"))) | st.just(AtLeast("03")),
    },
)
DOCUMENTS = st.lists(st.tuples(SOURCES, TIMES, st.sampled_from([0.0, 1.0, 2.0])), max_size=8)


class FiltersContract:
    """What is found, in which order, and how many."""

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[*ONE_STORE_AFTER_THE_OTHER, HealthCheck.too_slow],
    )
    @given(rows=DOCUMENTS, where=FILTERS)
    def test_a_filter_finds_what_its_words_say(self, records: RecordStore, rows: list[Any], where: Where) -> None:
        records.delete(Document, ids(records.scan(Document)))
        made = [
            document(id=f"{n:02}", source=source, deleted_at=deleted, changed_at=changed, version=1)
            for n, (source, deleted, changed) in enumerate(rows)
        ]
        records.put(made)
        expected = [record for record in made if meets(record, where)]
        assert list(records.scan(Document, where)) == expected
        assert records.count(Document, where) == len(expected)
        assert records.latest(Document, "changed_at", where) == sorted(expected, key=lambda each: -each.changed_at)

    def test_none_matches_what_is_missing(self, records: RecordStore) -> None:
        records.put([document(id="alive"), document(id="dead", deleted_at=1.0)])
        assert ids(records.scan(Document, {"deleted_at": None})) == ["alive"]
        assert ids(records.scan(Document, {"deleted_at": AtLeast(0)})) == ["dead"]
        assert ids(records.scan(Document, {"deleted_at": OneOf((None, 1.0))})) == ["alive", "dead"]

    def test_a_flag_is_filtered_on(self, records: RecordStore) -> None:
        records.put([chunk("a").but(id="live"), chunk("b", live=False).but(id="dead")])
        assert ids(records.scan(Chunk, {"live": True})) == ["live"]
        assert ids(records.scan(Chunk, {"live": False})) == ["dead"]
        assert records.count(Chunk, {"live": OneOf((True, False))}) == 2
        assert records.count(Chunk, {"live": True, "source": "notes"}) == 1

    def test_one_of_nothing_matches_nothing_and_one_of_very_many_is_fine(self, records: RecordStore) -> None:
        records.put([document(id="d", source="airflow")])
        assert list(records.scan(Document, {"source": OneOf(())})) == []
        assert records.count(Document, {"source": OneOf((*map(str, range(40_000)), "airflow"))}) == 1

    def test_a_filter_by_a_text_with_nul_finds_nothing(self, records: RecordStore) -> None:
        records.put([document(id="d", source="a")])
        assert records.count(Document, {"source": "a\0b"}) == 0
        assert records.count(Document, {"source": OneOf(("a\0b", "\0"))}) == 0

    @pytest.mark.parametrize("field", ["title", "nothing", "metadata.k", "$where", 'source" OR 1 --'])
    @pytest.mark.parametrize(
        "asks",
        [
            lambda records, field: list(records.scan(Document, {field: "x"})),
            lambda records, field: records.count(Document, {field: "x"}),
            lambda records, field: records.latest(Document, "changed_at", {field: "x"}),
            lambda records, field: records.latest(Document, field),
        ],
        ids=["scan", "count", "latest-where", "latest-by"],
    )
    def test_a_field_that_is_not_indexed_is_refused_by_name(
        self, records: RecordStore, field: str, asks: Callable[..., Any]
    ) -> None:
        with pytest.raises(ConfigurationError) as refused:
            asks(records, field)
        assert field in str(refused.value)
        assert "changed_at" in refused.value.expected

    def test_a_scan_is_in_id_order_by_code_point(self, records: RecordStore) -> None:
        odd = ["", " ", "A", "Z", "a", "a.", "aa", "é", "Ω", "日", "\uffff", "🏺"]
        records.put(document(id=id) for id in reversed(odd))
        assert ids(records.scan(Document)) == odd

    def test_a_scan_begins_after_an_id_that_need_not_exist(self, records: RecordStore) -> None:
        records.put(document(id=id) for id in ("a", "b", "d"))
        assert ids(records.scan(Document, after="a")) == ["b", "d"]
        assert ids(records.scan(Document, after="c")) == ["d"]
        assert ids(records.scan(Document, after="d")) == []

    @pytest.mark.parametrize(("limit", "found"), [(-1, 0), (0, 0), (1, 1), (500, 500), (501, 501), (9999, 1300)])
    def test_a_scan_stops_at_its_limit(self, records: RecordStore, limit: int, found: int) -> None:
        records.put(document(id=f"{n:04}") for n in range(1300))
        assert ids(records.scan(Document, limit=limit)) == [f"{n:04}" for n in range(found)]

    @pytest.mark.parametrize(
        "where",
        [None, {"source": "s"}, {"changed_at": AtLeast(1)}, {"source": OneOf(("s", "t")), "deleted_at": None}],
        ids=["all", "equal", "at-least", "one-of"],
    )
    def test_a_scan_in_pages_misses_nothing_and_repeats_nothing_while_others_write(
        self, records: RecordStore, records_again: RecordStore, where: Where | None
    ) -> None:
        records.put(document(id=f"{n:04}", source="s", changed_at=1.0 + n % 7) for n in range(2600))
        seen: list[str] = []
        for n, record in enumerate(records.scan(Document, where)):
            seen.append(record.id)
            if n % 200 == 0:
                records_again.put([document(id=f"{n:04}+", source="s", changed_at=0.0)])
                records_again.put([document(id=f"{2599 - n // 2:04}", source="s", changed_at=9.0)])
                records_again.delete(Document, [f"{n:04}"])
        assert len(seen) == len(set(seen))
        assert seen == sorted(seen)
        assert {f"{n:04}" for n in range(2600)} <= set(seen)

    def test_a_scan_that_is_left_early_holds_nobody_up(self, records: RecordStore, records_again: RecordStore) -> None:
        records.put(document(id=f"{n:04}") for n in range(1200))
        scan = records.scan(Document)
        next(scan)
        records_again.put([document(id="later")])
        assert records_again.delete(Document, ["0000"]) == 1
        assert len(ids(scan)) == 1200

    def test_latest_is_highest_first_and_equals_in_id_order(self, records: RecordStore) -> None:
        made = [("c", 2.0), ("a", 1.0), ("d", 2.0), ("b", 3.0)]
        records.put(document(id=id, changed_at=at, source=id) for id, at in made)
        assert ids(records.latest(Document, "changed_at")) == ["b", "c", "d", "a"]
        assert ids(records.latest(Document, "changed_at", limit=2)) == ["b", "c"]
        assert ids(records.latest(Document, "changed_at", {"changed_at": Below(3)}, limit=1)) == ["c"]
        assert records.latest(Document, "changed_at", limit=0) == []
        assert records.latest(Document, "changed_at", limit=-1) == []

    def test_digests_equal_a_recomputation_over_the_live_chunks(self, records: RecordStore) -> None:
        assert records.digests() == {}
        top = 2**62 - 1
        made = [live_chunk(f"{n:03}", n % 5, (n * 0x1234567890ABCDE) % 2**62, live=n % 3 > 0) for n in range(300)]
        made += [live_chunk("top-1", 4095, top), live_chunk("top-2", 4095, top), live_chunk("gone", 7, 1, live=False)]
        records.put(made)
        assert records.digests() == _digests(records)
        assert records.digests()[4095] == BucketDigest(2, 2 * (2**31 - 1), 2 * (2**31 - 1))
        assert 7 not in records.digests()
        records.delete(Chunk, ["top-1"])
        records.put([made[1].but(digest=99, live=True), made[3].but(live=False)])
        assert records.digests() == _digests(records)


def _digests(records: RecordStore) -> dict[int, BucketDigest]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in records.scan(Chunk):
        if each.live:
            for at, part in enumerate((1, each.digest >> 31, each.digest & 0x7FFFFFFF)):
                sums[each.bucket][at] += part
    return {bucket: BucketDigest(*parts) for bucket, parts in sums.items()}
