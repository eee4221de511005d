"""`kintsugi bench scale`: how much memory very many small files take, and one very long log."""

import logging
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from kintsugi.bench.damage import HashedWords
from kintsugi.bench.memory import PeakMemory
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.index.publish import publish
from kintsugi.observe.events import configure_events
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document
from kintsugi.settings import Settings
from kintsugi.sources.adhoc import adhoc_source

T = TypeVar("T")

DIMENSION = 256
FILES_OF_A_FOLDER = 1000
TEMPLATES = 400
"""Kinds of messages in the log."""

LINES_AT_ONCE = 5000
_VERBS = ("opened", "closed", "retried", "flushed", "rejected", "renewed", "scheduled", "evicted", "copied", "drained")
_THINGS = ("session", "segment", "replica", "lease", "socket", "snapshot", "queue", "cursor", "shard", "token")
_PLACES = ("gateway", "ledger", "indexer", "broker")
_VALUES: dict[str, Callable[[random.Random], str]] = {
    "number": lambda rng: str(rng.randrange(10**6)),
    "address": lambda rng: f"10.0.{rng.randrange(256)}.{rng.randrange(256)}:{rng.randrange(1024, 65536)}",
    "identity": lambda rng: f"{rng.getrandbits(64):016x}",
    "path": lambda rng: f"/srv/data/{rng.randrange(1000):03}/part-{rng.randrange(10**5):05}",
}


def measure(settings: Settings, *, files: int, log_mb: int, hashed: bool, place: Path | None = None) -> Iterator[Row]:
    """Take each of the two in, cold, each in a process of its own, and yield a row for each phase.

    ``peak_rss_mb`` is the most that the process which does the phase holds during it, all that it holds from the phases
    before included; the row *whole* has the most of all. Under Airflow each phase has a process of its own and holds
    less. The parser's process, which is limited by ``ingest.parse_memory_mb``, is not in it.

    Args:
        settings: how documents are cut, and which model there is.
        files: how many small files; 0 leaves this case out.
        log_mb: length of the log in 2^20 bytes; 0 leaves this case out.
        hashed: hashed words in place of the model, whose time would hide all other.
        place: a folder for all that is made; it needs about twice the log's length, and is left empty.
    """
    with TemporaryDirectory(prefix="kintsugi-bench-", dir=place) as temporary:
        folder = Path(temporary)
        if files:
            made = write_files(folder / "files", files)
            yield from _alone(settings, folder / "files", folder / "var-files", "small files", made, hashed)
        if log_mb:
            made = write_log(folder / "log" / "service.log", log_mb * 2**20)
            yield from _alone(settings, folder / "log", folder / "var-log", "one log", made, hashed)


def write_files(folder: Path, count: int, seed: int = 0) -> int:
    """Write ``count`` short Markdown files, no two alike, `FILES_OF_A_FOLDER` in a folder; return their bytes."""
    rng = random.Random(seed)
    written = 0
    for number in range(count):
        path = folder / f"{number // FILES_OF_A_FOLDER:04}" / f"{number:07}.md"
        if not number % FILES_OF_A_FOLDER:
            path.parent.mkdir(parents=True)
        lines = [
            f"The {rng.choice(_THINGS)} {rng.randrange(10**6)} of the {rng.choice(_PLACES)} was {rng.choice(_VERBS)}."
            for _ in range(rng.randrange(2, 12))
        ]
        written += path.write_text(f"# Note {number}\n\n" + "\n".join(lines) + "\n")
    return written


def write_log(path: Path, size: int, seed: int = 0) -> int:
    """Write a log of at least ``size`` bytes in `TEMPLATES` kinds of messages of very different frequency.

    Returns its bytes. The times in it are some milliseconds apart and end a day ago at the latest.
    """
    rng = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    templates = [_template(number) for number in range(TEMPLATES)]
    weights = [1 / (1 + number) for number in range(TEMPLATES)]
    written, now = 0, 1_700_000_000.0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            lines = []
            for template in rng.choices(templates, weights, k=LINES_AT_ONCE):
                now += 0.005
                stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
                lines.append(f"{stamp},{int(now * 1000) % 1000:03} {template(rng)}\n")
            block = "".join(lines)
            file.write(block)
            written += len(block)
    return written


def _template(number: int) -> Callable[[random.Random], str]:
    """Return what writes a message: fixed words, of which no two kinds have the same, with values between them."""
    words = random.Random(number)
    level = words.choice(("INFO", "INFO", "INFO", "WARN", "ERROR"))
    head = f"{level} [{words.choice(_PLACES)}] {_named(words)} {words.choice(_VERBS)} {words.choice(_THINGS)}"
    kinds = words.choices(tuple(_VALUES), k=words.randrange(1, 5))
    between = [f"{_named(words)} {words.choice(_THINGS)}" for _ in kinds]

    def line(rng: random.Random) -> str:
        values = (f"{text} {_VALUES[kind](rng)}" for text, kind in zip(between, kinds, strict=True))
        return f"{head} {' '.join(values)}"

    return line


def _named(words: random.Random) -> str:
    """Return a word that is made up."""
    return "".join(words.choice("bdfglmnprstvz") + words.choice("aeiou") for _ in range(words.randrange(2, 5)))


def _alone(settings: Settings, folder: Path, var: Path, case: str, size: int, hashed: bool) -> list[Row]:
    """Measure in a fresh process: what an earlier case has left in memory is not this one's."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh, initializer=_quiet) as pool:
        return pool.submit(take_in, settings, folder, var, case, size, hashed).result()


def _quiet() -> None:
    """Keep log events out of what the command prints."""
    configure_events(sys.stderr, logging.WARNING)


def take_in(settings: Settings, folder: Path, var: Path, case: str, size: int, hashed: bool) -> list[Row]:
    """Take a folder in by the functions that the DAGs call; return a row for each phase, and one for the whole."""
    platform = workspace(settings, var)
    if hashed:
        platform = platform.using(embedder=HashedWords(DIMENSION))
    try:
        phases = _Phases()
        source, partition = adhoc_source(platform.settings, folder, "bench_scale")
        fetched = phases.of("fetch", lambda: intake.fetch(platform, source, partition, RUN))
        kept = phases.of("validate", lambda: [intake.validate(platform, each, RUN) for each in fetched.shards])
        loaded = phases.of("load", lambda: [intake.load(platform, each, RUN) for each in kept])
        phases.of("recount", lambda: intake.recount(platform, fetched, loaded, RUN))
        phases.of("publish", lambda: publish(platform, RUN))
        counts = _counts(platform)
    finally:
        platform.close()
    known: Row = {"case": case, "bytes": size, **counts, "model": "hashed words" if hashed else "the platform's"}
    return [known | each for each in phases.rows()]


def _counts(platform: Platform) -> Row:
    return {
        "documents": platform.records.count(Document, {"deleted_at": None}),
        "chunks": platform.records.count(Chunk, {"live": True}),
    }


class _Phases:
    """Seconds and peak memory of each phase."""

    def __init__(self) -> None:
        self._measured: list[tuple[str, float, float]] = []

    def of(self, name: str, work: Callable[[], T]) -> T:
        with PeakMemory() as memory:
            begun = time.perf_counter()
            result = work()
            seconds = time.perf_counter() - begun
        self._measured.append((name, seconds, memory.megabytes))
        return result

    def rows(self) -> list[Row]:
        whole = ("whole", sum(each[1] for each in self._measured), max(each[2] for each in self._measured))
        return [
            {"phase": name, "seconds": round(seconds, 1), "peak_rss_mb": round(megabytes, 1)}
            for name, seconds, megabytes in (*self._measured, whole)
        ]
