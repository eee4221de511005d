"""Builders of records for tests: name what matters, get a valid rest."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from kintsugi.documents.identity import bucket_of, chunk_id, digest, document_id, entry_digest, version_id
from kintsugi.records import Chunk, Document, DocumentVersion, Fingerprint, Partition, Quarantined, RunRef
from kintsugi.records.document import embedding_text
from kintsugi.stores.search import Floats

RUN = RunRef(dag="test", run_id="run-1")


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def document(external_id: str = "a.md", *, source: str = "notes", text: str = "Some text.", **changes: Any) -> Document:
    identity = document_id(source, external_id)
    values: dict[str, Any] = {
        "id": identity,
        "source": source,
        "external_id": external_id,
        "partition": "all",
        "title": external_id,
        "media_type": "text/markdown",
        "raw_digest": digest(text),
        "pipeline": "test",
        "current": version_id(identity, text),
        "chunks": 1,
        "run": RUN,
        "changed_at": 1.0,
    }
    return Document(**(values | changes))


def version(of: Document, text: str = "Some text.") -> DocumentVersion:
    return DocumentVersion(id=version_id(of.id, text), document=of.id, text=text, run=RUN, stored_at=1.0)


def chunk(text: str = "Some text.", *, of: Document | None = None, occurrence: int = 0, **changes: Any) -> Chunk:
    owner = of or document(text=text)
    identity = chunk_id(owner.id, text, occurrence)
    values: dict[str, Any] = {
        "id": identity,
        "document": owner.id,
        "document_version": owner.current,
        "source": owner.source,
        "title": owner.title,
        "text": text,
        "start": 0,
        "end": len(text),
        "ordinal": 0,
        "text_hash": digest(embedding_text(owner.title, changes.get("heading", ()), text)),
        "bucket": bucket_of(identity),
        "digest": entry_digest(id=identity, text=text, version=owner.current),
        "run": RUN,
    }
    return Chunk(**(values | changes))


class HashEmbedder:
    """An embedder of hashed words: texts that share words are near each other. Counts what it embedded."""

    def __init__(self, dimension: int = 64, model: str = "hash") -> None:
        self.dimension = dimension
        self.embedded: list[str] = []
        self._model = model

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(
            id=digest(self._model, str(self.dimension), size=8),
            model=self._model,
            revision="",
            weights="",
            dimension=self.dimension,
            normalised=True,
            prefix="",
            backend="test",
            canaries="",
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        self.embedded.extend(texts)
        return self.embed_queries(texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        vectors = [self.vector_of(text) for text in queries]
        return np.stack(vectors) if vectors else np.zeros((0, self.dimension), np.float32)

    def vector_of(self, query: str) -> Floats:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", query.lower()):
            vector[int(digest(self._model, word, size=4), 16) % self.dimension] += 1.0
        return vector / np.linalg.norm(vector)


def partition(source: str = "airflow", key: str = "2026-11-24T18", *, at: float = 1.0, **changes: Any) -> Partition:
    """Return the record of a partition that was committed at that time."""
    values = {"source": source, "key": key, "state": "committed", "run": RUN, "changed_at": at, "committed_at": at}
    return Partition(id=Partition.key_of(source, key), **(values | changes))


def refused(name: str = "bad.pdf", **changes: Any) -> Quarantined:
    """Return a refusal that is held."""
    values = {"source": "inbox", "partition": "all", "item": name, "check": "readable", "expected": "e", "value": "v"}
    return Quarantined(id=name, **(values | {"next_step": "n", "run": RUN, "refused_at": 1.0} | changes))
