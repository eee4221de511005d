"""The meter at both ports counts what really went through."""

from kintsugi.index.publish import publish
from kintsugi.records import Chunk, Document
from kintsugi.stores.counted import CountedIndex, CountedRecords, Tally
from tests.builders import RUN
from tests.healing.conftest import seed, served


def metered(platform):
    tally = Tally()
    counted = platform.using(records=CountedRecords(platform.records, tally), index=CountedIndex(platform.index, tally))
    return counted, tally


def test_each_row_that_an_engine_hands_over_is_counted_once(platform):
    seed(platform, documents=4)
    publish(platform, RUN)
    counted, tally = metered(platform)
    head = next(platform.records.scan(Document))
    name = served(platform).id
    readings = [
        (lambda: list(counted.records.scan(Chunk, {"document": head.id})), 3),
        (lambda: counted.records.get(Document, head.id), 1),
        (lambda: counted.records.get(Document, "nobody"), 0),
        (lambda: counted.records.get_many(Document, [head.id, "nobody"]), 1),
        (lambda: counted.records.latest(Document, "changed_at", limit=2), 2),
        (lambda: counted.index.of_documents(name, [head.id]), 3),
        (lambda: counted.index.of_buckets(name, range(4096)), 12),
        (lambda: list(counted.index.entries(name)), 12),
        (lambda: (counted.index.digests(name), counted.records.digests(), counted.index.count(name)), 0),
    ]
    for read, rows in readings:
        tally.rows_read = 0
        read()
        assert tally.rows_read == rows
    assert tally.writes == 0


def test_each_record_and_entry_that_is_written_is_counted_once(platform):
    seed(platform, documents=2)
    publish(platform, RUN)
    counted, tally = metered(platform)
    head = next(platform.records.scan(Document))
    name = served(platform).id
    entries = list(platform.index.entries(name))
    writings = [
        (lambda: counted.records.insert(head), 0),
        (lambda: counted.records.insert(head.but(id="new")), 1),
        (lambda: counted.records.insert_missing([head, head.but(id="newer")]), 1),
        (lambda: counted.records.put([head.but(id="a"), head.but(id="b")]), 2),
        (lambda: counted.records.replace(platform.records.get(Document, "a")), 1),
        (lambda: counted.records.delete(Document, ["a", "b", "nobody"]), 2),
        (lambda: counted.index.write(name, entries[:2]), 2),
        (lambda: counted.index.delete(name, [entries[0].id, "nobody"]), 1),
        (lambda: counted.index.refresh(name), 0),
    ]
    for write, writes in writings:
        tally.writes = 0
        write()
        assert tally.writes == writes
