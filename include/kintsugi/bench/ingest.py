"""`kintsugi bench ingest`: a folder taken in cold, unchanged, and after one edit, beside the model's own time."""

import json
import shutil
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.bench.memory import PeakMemory
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.port import Embedder
from kintsugi.errors import ConfigurationError
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Fingerprint
from kintsugi.settings import Settings
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.stores.search import Floats

EDIT = "\n\nOne paragraph that nobody has written before, to see what an edit costs.\n"
EDITABLE = (".md", ".rst", ".txt", ".html")
TEXTS_AT_ONCE = 4096


def measure(settings: Settings, folder: Path) -> Iterator[Row]:
    """Copy a folder (or unpack a tar archive), take it in three times, and yield a row for each.

    ``raw_model_seconds`` is what sentence-transformers alone takes for the texts that the phase embedded, called as its
    manual says (``encode`` with unit vectors, its default batches), in this process right after the phase. Loading the
    model is in neither.

    Raises:
        ConfigurationError: there is no such folder, or nothing in it that an edit could be made to.
    """
    with TemporaryDirectory(prefix="kintsugi-bench-") as place:
        corpus = Path(place) / "corpus"
        _copy(folder, corpus)
        edited = _to_edit(corpus)
        platform = workspace(settings, Path(place) / "var")
        try:
            platform.embedder.embed(["load the model"])
            yield _phase("cold", platform, corpus)
            yield _phase("unchanged", platform, corpus)
            edited.write_text(edited.read_text(encoding="utf-8", errors="replace") + EDIT, encoding="utf-8")
            yield _phase("edit", platform, corpus)
        finally:
            platform.close()


def _phase(name: str, platform: Platform, corpus: Path) -> Row:
    recording = _Recording(platform.embedder, platform.settings.var / f"{name}.jsonl")
    measured = platform.using(embedder=recording)
    run = RUN.model_copy(update={"run_id": name})
    with PeakMemory() as memory:
        begun = time.perf_counter()
        source, partition = adhoc_source(platform.settings, corpus, "bench")
        committed = intake.ingest(measured, source, partition, run)
        publish(measured, run)
        seconds = time.perf_counter() - begun
    tokens, raw = _raw_model(platform, recording.texts())
    documents = platform.records.count(Document, {"deleted_at": None})
    return {
        "phase": name,
        "documents": documents,
        "written": committed.written,
        "chunks": platform.records.count(Chunk, {"live": True}),
        "embedded": recording.count,
        "tokens": tokens,
        "seconds": round(seconds, 3),
        "raw_model_seconds": round(raw, 3),
        "ratio": round(seconds / raw, 4) if raw > 1 else None,
        "documents_per_second": round(documents / seconds, 2),
        "tokens_per_second": round(tokens / seconds, 1),
        "peak_rss_mb": round(memory.megabytes, 1),
    }


class _Recording:
    """An embedder that keeps what it was asked to embed in a file, so that it costs no memory."""

    def __init__(self, inner: Embedder, spool: Path) -> None:
        self._inner = inner
        self._spool = spool
        self.count = 0
        spool.write_text("")

    @property
    def fingerprint(self) -> Fingerprint:
        return self._inner.fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        self.count += len(texts)
        with self._spool.open("a") as out:
            out.writelines(json.dumps(text) + "\n" for text in texts)
        return self._inner.embed(texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        return self._inner.embed_queries(queries)

    def texts(self) -> list[str]:
        return [json.loads(line) for line in self._spool.read_text().splitlines()]


def _raw_model(platform: Platform, texts: list[str]) -> tuple[int, float]:
    """Return how many tokens the texts have, and the seconds that sentence-transformers alone takes for them."""
    embedder = platform.embedder
    if not texts or not isinstance(embedder, LazyEmbedder):
        return 0, 0.0
    model = embedder.model()
    tokens = sum(
        sum(model.lengths(texts[first : first + TEXTS_AT_ONCE])) for first in range(0, len(texts), TEXTS_AT_ONCE)
    )
    begun = time.perf_counter()
    model.library_model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    return tokens, time.perf_counter() - begun


def _copy(folder: Path, to: Path) -> None:
    if folder.is_dir():
        shutil.copytree(folder, to)
    elif tarfile.is_tarfile(folder):
        with tarfile.open(folder) as archive:
            archive.extractall(to, filter="data")
    else:
        raise ConfigurationError(
            f"bench ingest {folder}", expected="a folder or a tar archive", next_step="give the path of one"
        )


def _to_edit(corpus: Path) -> Path:
    candidates = sorted(each for each in corpus.rglob("*") if each.suffix in EDITABLE and each.is_file())
    if not candidates:
        raise ConfigurationError(
            f"bench ingest {corpus}", expected=f"a file to edit: one of {EDITABLE}", next_step="give another folder"
        )
    return candidates[len(candidates) // 2]
