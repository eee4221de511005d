"""The stores of the truth: writing chunks, reading them by id, summing digests, and the flip."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from kintsugi.bench.engines.latency import Latency, timed
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN
from kintsugi.index.current import at_most
from kintsugi.index.generations import flip
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Pointer, Record
from kintsugi.settings import Settings
from kintsugi.stores.records import RecordStore

BATCH = 1000
READS = 200
FLIPS = 50
DATABASE = "kintsugi-bench"


def record_rows(settings: Settings, place: Path, corpus: Platform, chunks: int) -> Iterator[Row]:
    """Yield the rows of every adapter of the truth that is set here."""
    for name, records in _stores(settings, place):
        try:
            yield _written(name, records, corpus, chunks)
            ids = [chunk.id for chunk in records.scan(Chunk, limit=READS)]
            yield _timed_row(name, "read", [partial(records.get, Chunk, id) for id in ids])
            yield _timed_row(name, "digests", [records.digests] * 5)
            yield _timed_row(name, "flip", _flips(records))
        finally:
            _emptied(records)
            records.close()


def _stores(settings: Settings, place: Path) -> Iterator[tuple[str, RecordStore]]:
    from kintsugi.stores.sqlite import SQLiteRecords

    yield "kintsugi on sqlite", SQLiteRecords(place / "truth.sqlite", time.time)
    if settings.mongo.uri:
        from kintsugi.stores.mongo import MongoRecords
        from kintsugi.stores.mongo.client import connect

        yield "kintsugi on mongodb", MongoRecords(partial(connect, settings.mongo), DATABASE)


def _written(name: str, records: RecordStore, corpus: Platform, chunks: int) -> Row:
    writing = 0.0
    for batch in at_most(corpus.records.scan(Chunk, {"live": True}, limit=chunks), BATCH):
        begun = time.perf_counter()
        records.put(batch)
        writing += time.perf_counter() - begun
    return {
        "engine": name,
        "leg": "write",
        "load": "alone",
        "chunks": chunks,
        "per_second": round(chunks / writing, 1),
        "seconds": round(writing, 2),
    }


def _flips(records: RecordStore) -> list[partial[bool]]:
    """Return calls that let two generations serve in turn."""
    names = ("g-bench-a", "g-bench-b")
    now = records.now()
    records.insert_missing(
        Generation(id=name, fingerprint="bench", dimension=1, pipeline="bench", state="ready", run=RUN, created_at=now)
        for name in names
    )
    return [partial(flip, records, names[n % 2]) for n in range(FLIPS)]


def _timed_row(name: str, leg: str, calls: Sequence[Callable[[], object]]) -> Row:
    return {"engine": name, "leg": leg, "load": "alone", "clients": 1, **asdict(Latency.of(timed(calls)))}


def _emptied(records: RecordStore) -> None:
    """Remove what was written: the database may be on a server."""
    kinds: tuple[type[Record], ...] = (Chunk, Generation, Pointer)
    for kind in kinds:
        while ids := [each.id for each in records.scan(kind, limit=BATCH)]:
            records.delete(kind, ids)
