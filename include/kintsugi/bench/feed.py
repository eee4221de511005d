"""`kintsugi bench feed`: releases of the same documents as a change feed of one source."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np

from kintsugi.bench.damage import HashedWords
from kintsugi.bench.feed_ledger import FeedLedger
from kintsugi.bench.memory import PeakMemory
from kintsugi.bench.output import Row
from kintsugi.bench.releases import unpacked
from kintsugi.bench.same_index import Compared, compared
from kintsugi.bench.workspace import workspace
from kintsugi.documents import intake
from kintsugi.documents.identity import digest
from kintsugi.embedding.port import Embedder
from kintsugi.index.publish import PublishOutcome, publish
from kintsugi.platform import Platform
from kintsugi.records import Fingerprint, Partition, RunRef, Vector
from kintsugi.settings import Settings
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.stores.search import Floats

SOURCE = "bench"
DIMENSION = 256
CLOSE = 1e-5
"""How far vectors of the same text may be apart that were made in other batches."""


def measure(settings: Settings, archive: Path, *, documents: int | None = None, hashed: bool = False) -> Iterator[Row]:
    """Take in the releases of an archive one after the other, and yield a row for each, then two more.

    A release replaces the one before it in the same folder, and is taken in and published by one run. Its row has what
    the files themselves say (``added`` … ``moved``), what the intake said (``written``, ``deleted``, ``skipped``,
    ``refused``), and ``counts_exact`` where that is what the files say, with nothing in ``refused_unexplained``.
    ``refused_believed`` are refusals by the detectors of sensitive text, which the files can't confirm (see
    `FileCounts`). Then what became of chunks, and whether the served index holds something and is byte for byte that of
    a clean build of this release alone, which takes its vectors from the feed's cache. ``embedded_ratio`` is texts
    embedded through ``changed_texts`` (see `ChunkCounts`). Entries of documents that are in quarantine for a reason are
    left out of the comparison: their last good version goes on being served, and a clean build has none.

    *from nothing* builds the last release with nothing cached; it is equal when nothing but vectors differs, and those
    by no more than `CLOSE`. *unchanged* takes the last release in again; ``of_cold`` is its time through that of the
    row before. Loading the model is in no time.

    Args:
        settings: which model, and how documents are cut.
        archive: see `unpacked`.
        documents: see `unpacked`.
        hashed: hashed words in place of the model.

    Raises:
        ConfigurationError: it is no archive of releases.
    """
    with TemporaryDirectory(prefix="kintsugi-bench-") as temporary, FeedLedger(Path(temporary, "ledger")) as ledger:
        place = Path(temporary)
        releases = unpacked(archive, place / "releases", documents)
        fed = _opened(settings, place / "feed", hashed=hashed)
        try:
            fed.embedder.embed(["load the model"])
            for release in releases:
                yield _release(fed, release, place, ledger)
            last = RunRef(dag="bench", run_id="from nothing")
            with _Clean(fed.using(embedder=fed.embedder), place) as clean:
                cold = _run(clean, place / "corpus", last)
                same = _compare(fed, clean, ledger)
            equal = same.entries > 0 and not same.differing and same.gap <= CLOSE
            yield {
                **_row("from nothing", cold),
                "equal_to_clean": equal,
                "compared": same.entries,
                "vectors_differing": same.vectors_differing,
                "gap": same.gap,
            }
            again = _run(fed, place / "corpus", RunRef(dag="bench", run_id="unchanged"))
            yield {**_row("unchanged", again), "of_cold": round(again.seconds / cold.seconds, 5)}
        finally:
            fed.close()


@dataclass(frozen=True)
class _Run:
    """One way from the folder to the served index."""

    partition: Partition
    published: PublishOutcome
    seconds: float
    intake_seconds: float
    peak_mb: float


def _release(fed: Platform, release: Path, place: Path, ledger: FeedLedger) -> Row:
    corpus = place / "corpus"
    rmtree(corpus, ignore_errors=True)
    release.rename(corpus)
    run = RunRef(dag="bench", run_id=release.name)
    done = _run(fed, corpus, run)
    source, partition = adhoc_source(fed.settings, corpus, SOURCE)
    files = ledger.files(fed, source.name, corpus, f"{partition}/")
    chunks = ledger.chunks(fed, source.name, run)
    with _Clean(fed.using(embedder=_Remembering(fed)), place) as clean:
        _run(clean, corpus, run)
        same = _compare(fed, clean, ledger)
    said = done.partition
    exact = (said.written, said.deleted, said.skipped, said.refused) == (
        files.written,
        files.deleted,
        files.skipped,
        files.refused,
    )
    return {
        **_row(release.name, done),
        "added": files.added,
        "removed": files.removed,
        "changed": files.changed,
        "same": files.same,
        "moved": files.moved,
        "counts_exact": exact and not files.unexplained,
        "refused_believed": files.believed,
        "refused_unexplained": files.unexplained,
        "chunks_kept": chunks.kept,
        "chunks_removed": chunks.removed,
        "new_texts": chunks.new_texts,
        "changed_texts": chunks.changed_texts,
        "embedded_ratio": round(done.published.embedded / chunks.changed_texts, 4) if chunks.changed_texts else None,
        "equal_to_clean": same.entries > 0 and same.byte_equal,
        "compared": same.entries,
    }


def _row(name: str, done: _Run) -> Row:
    return {
        "release": name,
        "written": done.partition.written,
        "deleted": done.partition.deleted,
        "skipped": done.partition.skipped,
        "refused": done.partition.refused,
        "chunks_embedded": done.published.embedded,
        "seconds": round(done.seconds, 3),
        "intake_seconds": round(done.intake_seconds, 3),
        "peak_rss_mb": round(done.peak_mb, 1),
    }


def _run(platform: Platform, corpus: Path, run: RunRef) -> _Run:
    with PeakMemory() as memory:
        begun = time.perf_counter()
        source, partition = adhoc_source(platform.settings, corpus, SOURCE)
        committed = intake.ingest(platform, source, partition, run)
        taken_in = time.perf_counter()
        published = publish(platform, run)
        ended = time.perf_counter()
    return _Run(committed, published, ended - begun, taken_in - begun, memory.megabytes)


def _opened(settings: Settings, place: Path, *, hashed: bool) -> Platform:
    platform = workspace(settings, place)
    return platform.using(embedder=HashedWords(DIMENSION)) if hashed else platform


def _compare(fed: Platform, clean: Platform, ledger: FeedLedger) -> Compared:
    return compared(fed, clean, lambda entry: not ledger.is_refused(entry.document))


class _Clean:
    """A platform with nothing in it but the embedder of another one; it is gone when left."""

    def __init__(self, like: Platform, place: Path) -> None:
        self._place = place / "clean"
        self._platform = workspace(like.settings, self._place).using(embedder=like.embedder)

    def __enter__(self) -> Platform:
        return self._platform

    def __exit__(self, *_: object) -> None:
        self._platform.close()
        rmtree(self._place, ignore_errors=True)


class _Remembering:
    """An embedder that knows every text whose vector another platform keeps; the model makes the others."""

    def __init__(self, platform: Platform) -> None:
        self._records = platform.records
        self._inner: Embedder = platform.embedder

    @property
    def fingerprint(self) -> Fingerprint:
        return self._inner.fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        keys = [Vector.key(self.fingerprint.id, digest(text)) for text in texts]
        kept = self._records.get_many(Vector, set(keys))
        unknown = [n for n, key in enumerate(keys) if key not in kept]
        made = dict(zip(unknown, self._inner.embed([texts[n] for n in unknown]), strict=True)) if unknown else {}
        rows = [made[n] if n in made else np.frombuffer(kept[key].values, "<f4") for n, key in enumerate(keys)]
        return np.stack(rows)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        return self._inner.embed_queries(queries)
