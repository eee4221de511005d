"""`kintsugi bench ingest`: a folder taken in cold, unchanged, and after one edit, beside the model alone."""

import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.bench import llamaindex_pipeline
from kintsugi.bench.memory import PeakMemory
from kintsugi.bench.model_alone import model_alone
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.embedding.port import Embedder
from kintsugi.embedding.weights import model_folder
from kintsugi.errors import ConfigurationError
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Fingerprint
from kintsugi.settings import Settings
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.stores.search import Floats

EDIT = "\n\nOne paragraph that nobody has written before, to see what an edit costs.\n"
EDITABLE = (".md", ".rst", ".txt", ".html")
FIRST = "# A note\n\nIt takes part in no figure.\n"
WORTH_COMPARING = 1.0
"""Seconds of the raw model below which a ratio to it says nothing."""


def measure(settings: Settings, folder: Path, llamaindex: Path | None = None) -> Iterator[Row]:
    """Copy a folder (or unpack a tar archive), take it in three times, and yield a row for each.

    ``seconds`` are those of the whole way: read, cut, embed, store, index. ``raw_model_seconds`` and
    ``own_model_seconds`` are what sentence-transformers and the platform's embedder alone take for the texts that the
    phase embedded, measured right after it by `model_alone`. ``speed_vs_raw`` is raw through the whole way,
    ``model_vs_raw`` raw through own: above 1, the platform is faster. Loading libraries and the model is in none of
    them: ``loading_seconds`` are those of a first document in another place, before which nothing was loaded.

    Args:
        settings: which model, and how documents are cut.
        folder: what is taken in; it is not touched.
        llamaindex: a Python that has LlamaIndex and sentence-transformers; its pipeline then takes in the same folder,
            in a row of its own, whose ``cold_vs_this`` is its seconds through those of the phase *cold*.

    Raises:
        ConfigurationError: there is no such folder, nothing in it that an edit could be made to, or LlamaIndex doesn't
            run there.
    """
    with TemporaryDirectory(prefix="kintsugi-bench-") as place:
        corpus = Path(place) / "corpus"
        _copy(folder, corpus)
        edited = _to_edit(corpus)
        loading, embedder = _load(settings, Path(place) / "first")
        platform = workspace(settings, Path(place) / "var").using(embedder=embedder)
        try:
            cold = {**_phase("cold", platform, corpus), "loading_seconds": loading}
            yield cold
            if llamaindex:
                yield _llamaindex(settings, llamaindex, corpus, cold)
            yield _phase("unchanged", platform, corpus)
            edited.write_text(edited.read_text(encoding="utf-8", errors="replace") + EDIT, encoding="utf-8")
            yield _phase("edit", platform, corpus)
        finally:
            platform.close()


def _load(settings: Settings, place: Path) -> tuple[float, Embedder]:
    """Take in one document, so that all libraries and the model are loaded; return the seconds and the embedder."""
    begun = time.perf_counter()
    (place / "corpus").mkdir(parents=True)
    (place / "corpus" / "note.md").write_text(FIRST)
    platform = workspace(settings, place / "var")
    try:
        source, partition = adhoc_source(platform.settings, place / "corpus", "bench")
        intake.ingest(platform, source, partition, RUN)
        publish(platform, RUN)
        return round(time.perf_counter() - begun, 3), platform.embedder
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
    alone = model_alone(platform.settings, platform.embedder, recording.texts())
    compare = alone.raw > WORTH_COMPARING
    documents = platform.records.count(Document, {"deleted_at": None})
    return {
        "phase": name,
        "backend": platform.embedder.fingerprint.backend,
        "documents": documents,
        "written": committed.written,
        "chunks": platform.records.count(Chunk, {"live": True}),
        "embedded": recording.count,
        "tokens": alone.tokens,
        "seconds": round(seconds, 3),
        "raw_model_seconds": round(alone.raw, 3),
        "own_model_seconds": round(alone.own, 3),
        "speed_vs_raw": round(alone.raw / seconds, 4) if compare else None,
        "model_vs_raw": round(alone.raw / alone.own, 4) if compare else None,
        "documents_per_second": round(documents / seconds, 2),
        "tokens_per_second": round(alone.tokens / seconds, 1),
        "peak_rss_mb": round(memory.megabytes, 1),
    }


def _llamaindex(settings: Settings, python: Path, corpus: Path, cold: Row) -> Row:
    model = model_folder(settings.embedding)
    program = llamaindex_pipeline.__file__
    command = [str(python), program, str(corpus), str(model), str(settings.chunks.max_tokens)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.CalledProcessError, IndexError, json.JSONDecodeError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise ConfigurationError(
            f"bench ingest: LlamaIndex doesn't run with {python}",
            expected="a Python that has llama-index-core and sentence-transformers",
            got=(said.strip().splitlines() or [""])[-1][:300],
            next_step="install them there, or leave --llamaindex out",
        ) from error
    seconds = float(answer["seconds"])
    return {
        "phase": "llamaindex",
        "backend": "sentence-transformers",
        "documents": answer["documents"],
        "chunks": answer["chunks"],
        "embedded": answer["chunks"],
        "tokens": answer["tokens"],
        "seconds": round(seconds, 3),
        "tokens_per_second": round(answer["tokens"] / seconds, 1),
        "loading_seconds": round(float(answer["loading_seconds"]), 3),
        "cold_vs_this": round(seconds / float(cold["seconds"] or 0), 4),
    }


class _Recording:
    """An embedder that keeps what it was asked to embed in a file, so that it costs no memory."""

    def __init__(self, inner: Embedder, spool: Path) -> None:
        self._inner = inner
        self._spool = spool
        self.count = 0
        spool.parent.mkdir(exist_ok=True)
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

    def texts(self) -> Iterator[str]:
        with self._spool.open() as lines:
            yield from (json.loads(line) for line in lines)


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
