"""The stores of the truth: writing chunks, reading them by id, summing digests, and the flip of a whole platform."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from kintsugi.bench.engines.corpus import entries
from kintsugi.bench.engines.field import PREFIX
from kintsugi.bench.engines.latency import Latency, timed
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN
from kintsugi.index.current import at_most
from kintsugi.index.switch import switch
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Pointer, Record
from kintsugi.settings import MongoSettings, OpenSearchSettings, Settings
from kintsugi.stores.records import RecordStore
from kintsugi.stores.search import IndexEntry

BATCH = 1000
READS = 200
FLIPS = 50
DATABASE = "kintsugi-bench"
KINDS: tuple[type[Record], ...] = (Chunk, Generation, Pointer)
FLIPPED = ("g-bench-a", "g-bench-b")


def record_rows(settings: Settings, place: Path, corpus: Platform, chunks: int) -> Iterator[Row]:
    """Yield the rows of every adapter of the truth that is set here."""
    for name, beside, platform in _platforms(settings, place):
        records = platform.records
        _emptied(platform)  # what a killed run has left
        try:
            yield _written(name, records, corpus, chunks)
            ids = [chunk.id for chunk in records.scan(Chunk, limit=READS)]
            yield _timed_row(name, "read", [partial(records.get, Chunk, id) for id in ids])
            yield _timed_row(name, "digests", [records.digests] * 5)
            yield _timed_row(f"{name}, {beside}", "flip", _flips(platform, next(entries(corpus, 1))))
        finally:
            try:
                _emptied(platform)
            finally:
                platform.close()


def _platforms(settings: Settings, place: Path) -> Iterator[tuple[str, str, Platform]]:
    """Yield each truth with the index that goes with it, and the two names."""
    embedded = settings.model_copy(update={"var": place, "mongo": MongoSettings(), "opensearch": OpenSearchSettings()})
    yield "kintsugi on sqlite", "lancedb", Platform(embedded)
    if settings.mongo.uri:
        mongo = settings.mongo.model_copy(update={"database": DATABASE})
        remote = settings.opensearch.model_copy(update={"prefix": f"{PREFIX}-flips-{os.getpid()}"})
        beside = "opensearch" if remote.url else "lancedb"
        elsewhere = settings.model_copy(update={"var": place, "mongo": mongo, "opensearch": remote})
        yield "kintsugi on mongodb", beside, Platform(elsewhere)


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


def _flips(platform: Platform, batch: Sequence[IndexEntry]) -> list[partial[bool]]:
    """Return calls that let two generations serve in turn: the checks, the pointer, the states, the engine's alias."""
    now = platform.records.now()
    for name in FLIPPED:
        generation = Generation(
            id=name, fingerprint="bench", dimension=1, pipeline="bench", state="ready", run=RUN, created_at=now
        )
        platform.records.insert(generation)
        platform.index.create(name, batch[0].vector.size)
        platform.index.write(name, batch)
        platform.index.refresh(name)
    return [partial(switch, platform, FLIPPED[n % 2]) for n in range(FLIPS)]


def _timed_row(name: str, leg: str, calls: Sequence[Callable[[], object]]) -> Row:
    return {"engine": name, "leg": leg, "load": "alone", "clients": 1, **asdict(Latency.of(timed(calls)))}


def _emptied(platform: Platform) -> None:
    """Remove what was written: database and indexes may be on a server."""
    for kind in KINDS:
        while ids := [each.id for each in platform.records.scan(kind, limit=BATCH)]:
            platform.records.delete(kind, ids)
    for name in FLIPPED:
        platform.index.drop(name)
