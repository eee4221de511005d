"""`kintsugi bench reconcile`: a few of very many chunks drift; what finding and repairing them costs."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.bench.output import Row
from kintsugi.bench.synthetic import SOURCE, NoModel, fingerprint, shares
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents.identity import BUCKETS, bucket_of, digest
from kintsugi.errors import ConfigurationError
from kintsugi.index.project import entries_pipeline, entry_of
from kintsugi.index.reconcile import reconcile
from kintsugi.index.reconciled import facts
from kintsugi.platform import Platform
from kintsugi.records import POINTER, RECORDS, Chunk, Generation, Pointer, Vector
from kintsugi.settings import Settings

DIMENSION = 8
"""Digests don't look at vectors: short ones keep the filling quick."""

AT_ONCE = 50_000
BUCKETS_AT_ONCE = 256
GENERATION = "bench-reconcile"

Say = Callable[[str], None]


def measure(settings: Settings, *, records: int, drifted: int, engines: str, say: Say) -> Iterator[Row]:
    """Fill both sides, let ``drifted`` chunks drift, scan everything, reconcile twice; yield one row.

    A third of the drifted is missing from the index, a third stale there, a third orphaned. The full scan is what one
    does without digests: read id and digest of every chunk and of every entry through the same ports, and compare. It
    repairs nothing. Nobody writes meanwhile, so the grace period is left out of ``seconds``. Vectors are kept for the
    drifted chunks alone, since nothing reads another.

    Args:
        settings: where real engines are.
        records: chunks on each side.
        drifted: how many of them differ, each in a bucket of its own, which costs most.
        engines: ``embedded``, in a temporary folder; or ``real``: those of the settings, in a database and with an
            index prefix of its own, emptied afterwards.
        say: gets a line of progress now and then.

    Raises:
        ConfigurationError: neither embedded nor real; or no real engines are set.
    """
    with TemporaryDirectory(prefix="kintsugi-bench-") as place:
        platform = _platform(settings, Path(place), engines)
        try:
            filled = _fill(platform, records, say)
            lost = _drift(platform, drifted, random.Random(0))
            say(f"{lost} of {records} chunks drifted; scanning everything …")
            begun = time.perf_counter()
            scanned, differing = _full_scan(platform)
            full = time.perf_counter() - begun
            say(f"full scan: {full:.1f} s; reconciling …")
            first = facts(reconcile(platform, RUN, force=True, wait=lambda seconds: None))
            second = facts(reconcile(platform, RUN, wait=lambda seconds: None))
            yield {
                "engines": engines,
                "records": records,
                "drifted": lost,
                "rows_read": first["rows_read"],
                "rows_full_scan": scanned,
                "share_read": round(first["rows_read"] / scanned, 6),
                "repaired": first["repaired"],
                "seconds": first["seconds"],
                "seconds_full_scan": round(full, 3),
                "differing_full_scan": differing,
                "second_pass_rows": second["rows_read"],
                "second_pass_writes": second["writes"],
                "second_pass_seconds": second["seconds"],
                "equal": int(second["equal"] and not second["differing"]),
                "dimension": DIMENSION,
                "seconds_fill": round(filled, 1),
            }
        finally:
            if engines == "real":
                _empty(platform)
            platform.close()


def _platform(settings: Settings, place: Path, engines: str) -> Platform:
    if engines not in ("embedded", "real"):
        raise ConfigurationError(f"bench reconcile: engines {engines!r}", expected="embedded or real")
    base = workspace(settings, place)
    if engines == "real":
        if not (settings.mongo.uri and settings.opensearch.url):
            raise ConfigurationError(
                "bench reconcile: no real engines are set",
                expected="the settings mongo.uri and opensearch.url",
                next_step="set them; `kintsugi doctor` shows what is set",
            )
        mongo = settings.mongo.model_copy(update={"database": f"{settings.mongo.database[:32]}_bench"})
        opensearch = settings.opensearch.model_copy(update={"prefix": f"{settings.opensearch.prefix[:24]}-bench"})
        base = Platform(base.settings.model_copy(update={"mongo": mongo, "opensearch": opensearch}))
    return base.using(embedder=NoModel(fingerprint(DIMENSION)))


def _fill(platform: Platform, records: int, say: Say) -> float:
    begun = time.perf_counter()
    of = fingerprint(DIMENSION)
    platform.records.put([of])
    platform.index.create(GENERATION, DIMENSION)
    done = 0
    for share in shares(records, DIMENSION, AT_ONCE):
        platform.records.put(share.chunks)
        platform.records.put(share.documents)
        platform.index.write(
            GENERATION, [entry_of(chunk, vector) for chunk, vector in zip(share.chunks, share.vectors, strict=True)]
        )
        done += len(share.chunks)
        say(f"filled {done} of {records} ({time.perf_counter() - begun:.0f} s)")
    platform.index.refresh(GENERATION)
    now = platform.records.now()
    platform.records.put(
        [
            Generation(
                id=GENERATION,
                fingerprint=of.id,
                dimension=DIMENSION,
                pipeline=entries_pipeline(SOURCE),
                state="serving",
                watermark=now,
                heartbeat=now,
                run=RUN,
                created_at=now,
            )
        ]
    )
    platform.records.put([Pointer(id=POINTER, generation=GENERATION, flipped_at=now)])
    seconds = time.perf_counter() - begun
    say(f"filled and indexed in {seconds:.0f} s")
    return seconds


def _drift(platform: Platform, count: int, rng: random.Random) -> int:
    """Let chunks drift, a third in each way; keep the vectors of those that will be written again."""
    chosen = list(islice(_spread(platform, rng), count))
    entries = list(platform.index.entries(GENERATION, chosen))
    keep = platform.records.get_many(Chunk, chosen)
    platform.records.put(
        Vector.of(fingerprint(DIMENSION).id, keep[each.id].text_hash, each.vector.astype("<f4").tobytes())
        for each in entries
    )
    strays = [digest("stray", each.id) for each in entries[2::3]]
    platform.index.delete(GENERATION, [each.id for each in entries[0::3]])
    platform.index.write(
        GENERATION,
        [
            *(replace(each, title="an earlier title", digest=each.digest ^ 1) for each in entries[1::3]),
            *(replace(each, id=id, bucket=bucket_of(id)) for id, each in zip(strays, entries[2::3], strict=True)),
        ],
    )
    platform.index.refresh(GENERATION)
    return len(entries)


def _spread(platform: Platform, rng: random.Random) -> Iterator[str]:
    """Yield ids of entries, one of each bucket in random order."""
    for bucket in rng.sample(range(BUCKETS), BUCKETS):
        if shown := sorted(platform.index.of_buckets(GENERATION, [bucket])):
            yield rng.choice(shown)


def _full_scan(platform: Platform) -> tuple[int, int]:
    """Read everything on both sides; return how many rows that were, and how many ids differ."""
    shown: dict[str, int] = {}
    for first in range(0, BUCKETS, BUCKETS_AT_ONCE):
        shown |= platform.index.of_buckets(GENERATION, range(first, first + BUCKETS_AT_ONCE))
    rows, differing = len(shown), 0
    for chunk in platform.records.scan(Chunk, {"live": True}):
        rows += 1
        differing += shown.pop(chunk.id, None) != chunk.digest
    return rows, differing + len(shown)


def _empty(platform: Platform) -> None:
    platform.index.drop(GENERATION)
    for kind in RECORDS:
        platform.records.delete(kind, (each.id for each in platform.records.scan(kind)))
