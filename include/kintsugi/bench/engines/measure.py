"""The benchmark itself: fill, ask alone, ask while ingesting; then the stores of the truth."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from kintsugi.bench.engines.contestant import Contestant, K
from kintsugi.bench.engines.corpus import entries, made, queries
from kintsugi.bench.engines.field import Entrant, field
from kintsugi.bench.engines.ingesting import ingesting
from kintsugi.bench.engines.latency import Latency, timed
from kintsugi.bench.engines.truth import record_rows
from kintsugi.bench.output import Row
from kintsugi.platform import Platform
from kintsugi.settings import Settings
from kintsugi.stores.search import Floats

QUERIES = 200
WARM_UP = 10
WRITTEN_MEANWHILE = 1000

Call = Callable[[], dict[str, str]]


def measure(settings: Settings, folder: Path, place: Path, chunks: int) -> Iterator[Row]:
    """Fill every engine with ``chunks`` passages of a folder and ask each `QUERIES` questions by each leg.

    The corpus at ``place`` has its vectors already, so that no time is the model's. ``recall@10`` compares the vector
    leg with an exact search.

    Raises:
        ConfigurationError: the folder has too few passages.
    """
    corpus = made(settings, folder, place, chunks + WRITTEN_MEANWHILE)
    try:
        texts, vectors = queries(corpus, QUERIES, within=chunks)
        exact = _nearest(corpus, vectors, chunks)
        with TemporaryDirectory(prefix="kintsugi-bench-", dir=place) as scratch:
            yield from record_rows(settings, Path(scratch), corpus, chunks)
            for entrant in field(settings, Path(scratch), vectors.shape[1]):
                yield from _rows(entrant, corpus, settings, place, chunks, texts, vectors, exact)
    finally:
        corpus.close()


def _rows(
    entrant: Entrant,
    corpus: Platform,
    settings: Settings,
    place: Path,
    chunks: int,
    texts: Sequence[str],
    vectors: Floats,
    exact: Sequence[set[str]],
) -> Iterator[Row]:
    contestant = entrant.opened()
    try:
        yield _filled(entrant, contestant, corpus, chunks)
        calls = _calls(contestant, texts, vectors)
        for leg, some in calls.items():
            yield _row(contestant, leg, "alone", some, exact if leg == "vector" else None)
        with ingesting(entrant.opened, settings, place, chunks, WRITTEN_MEANWHILE):
            for leg, some in calls.items():
                yield _row(contestant, leg, "ingesting", some, None)
    finally:
        contestant.close()


def _filled(entrant: Entrant, contestant: Contestant, corpus: Platform, chunks: int) -> Row:
    writing = 0.0
    for batch in entries(corpus, chunks):
        begun = time.perf_counter()
        contestant.write(batch)
        writing += time.perf_counter() - begun
    begun = time.perf_counter()
    contestant.settle()
    settling = time.perf_counter() - begun
    return {
        "engine": contestant.name,
        "leg": "write",
        "load": "alone",
        "chunks": chunks,
        "per_second": round(chunks / (writing + settling), 1),
        "seconds": round(writing, 2),
        "settle_seconds": round(settling, 2),
        "size_mb": round(entrant.megabytes(), 1),
    }


def _calls(contestant: Contestant, texts: Sequence[str], vectors: Floats) -> dict[str, list[Call]]:
    return {
        "lexical": [partial(contestant.lexical, text) for text in texts],
        "vector": [partial(contestant.vector, vector) for vector in vectors],
        "hybrid": [partial(contestant.hybrid, *pair) for pair in zip(texts, vectors, strict=True)],
    }


def _row(contestant: Contestant, leg: str, load: str, calls: Sequence[Call], exact: Sequence[set[str]] | None) -> Row:
    timed(calls[:WARM_UP])
    row: Row = {"engine": contestant.name, "leg": leg, "load": load, "clients": 1}
    row |= asdict(Latency.of(timed(calls)))
    if exact is not None:
        found = [len(set(call()) & nearest) / len(nearest) for call, nearest in zip(calls, exact, strict=True)]
        row["recall@10"] = round(float(np.mean(found)), 4)
    return row


def _nearest(corpus: Platform, vectors: Floats, chunks: int) -> list[set[str]]:
    """Return the ids of the `K` nearest passages of each vector by exact search, in batches."""
    best: list[list[tuple[float, str]]] = [[] for _ in vectors]
    for batch in entries(corpus, chunks):
        cosines = vectors @ np.stack([entry.vector for entry in batch]).T
        for at, row in enumerate(cosines):
            some = (
                [(float(row[which]), batch[which].id) for which in np.argpartition(-row, K)[:K]]
                if len(batch) > K
                else list(zip(row.tolist(), (entry.id for entry in batch), strict=True))
            )
            best[at] = sorted(best[at] + some, reverse=True)[:K]
    return [{id for _, id in nearest} for nearest in best]
