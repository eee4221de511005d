"""A corpus made of numbers: any size, the same each time, in the records that the platform itself writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kintsugi.bench.workspace import RUN
from kintsugi.documents.identity import bucket_of, chunk_digest, chunk_id, digest, document_id, version_id
from kintsugi.errors import TerminalError
from kintsugi.records import Chunk, Document, Fingerprint, Labels
from kintsugi.records.document import embedding_text
from kintsugi.stores.search import Floats

CHUNKS_OF_A_DOCUMENT = 10
SOURCE = "synthetic"


@dataclass(frozen=True)
class Share:
    """Some documents with their chunks and one vector for each chunk."""

    documents: list[Document]
    chunks: list[Chunk]
    vectors: Floats


def shares(chunks: int, dimension: int, size: int) -> Iterator[Share]:
    """Yield ``chunks`` chunks in shares of about ``size``, `CHUNKS_OF_A_DOCUMENT` a document."""
    rng = np.random.default_rng(0)
    for first in range(0, chunks, size):
        made = [
            _document(number, min(CHUNKS_OF_A_DOCUMENT, chunks - number))
            for number in range(first, min(first + size, chunks), CHUNKS_OF_A_DOCUMENT)
        ]
        passages = [chunk for _, of in made for chunk in of]
        vectors = rng.standard_normal((len(passages), dimension)).astype(np.float32)
        yield Share(
            [document for document, _ in made], passages, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        )


def fingerprint(dimension: int) -> Fingerprint:
    """Return the identity of the synthetic vectors."""
    return Fingerprint(
        id=digest("synthetic", str(dimension), size=8),
        model="synthetic",
        revision="",
        weights="",
        dimension=dimension,
        normalised=True,
        prefix="",
        backend="synthetic",
        canaries="",
    )


class NoModel:
    """An embedder for what must not embed anything."""

    def __init__(self, of: Fingerprint) -> None:
        self.fingerprint = of

    def embed(self, texts: Sequence[str]) -> Floats:
        """Refuse.

        Raises:
            TerminalError: always.
        """
        raise TerminalError(f"{len(texts)} texts were to be embedded", expected="vectors from the cache")

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Refuse."""
        return self.embed(queries)


def _document(number: int, count: int) -> tuple[Document, list[Chunk]]:
    name = f"{number:09}.md"
    identity = document_id(SOURCE, name)
    current = version_id(identity, name)
    document = Document(
        id=identity,
        source=SOURCE,
        external_id=name,
        partition="all",
        title=name,
        media_type="text/markdown",
        raw_digest=current,
        pipeline=SOURCE,
        current=current,
        chunks=count,
        run=RUN,
        changed_at=1.0,
    )
    return document, [_chunk(document, number + ordinal, ordinal) for ordinal in range(count)]


def _chunk(document: Document, number: int, ordinal: int) -> Chunk:
    text = f"Passage {number}: pump {number % 997} of line {number % 89} was restarted after alarm {number % 7919}."
    identity = chunk_id(document.id, text, 0)
    shown: dict[str, Any] = {
        "id": identity,
        "document": document.id,
        "document_version": document.current,
        "source": SOURCE,
        "title": document.title,
        "text": text,
        "start": ordinal * 100,
        "end": ordinal * 100 + len(text),
    }
    return Chunk(
        **shown,
        ordinal=ordinal,
        text_hash=digest(embedding_text(document.title, (), text)),
        bucket=bucket_of(identity),
        digest=chunk_digest(**shown, heading=(), labels=Labels()),
        run=RUN,
    )
