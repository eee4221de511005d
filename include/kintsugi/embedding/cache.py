"""Vectors by (text, fingerprint): the same text is embedded once, whatever document it stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kintsugi.embedding.port import Embedder
from kintsugi.errors import FingerprintMismatch
from kintsugi.records import Chunk, Vector
from kintsugi.stores.records import RecordStore
from kintsugi.stores.search import Floats


@dataclass(frozen=True)
class Embedded:
    """Vectors by `Chunk.text_hash`, how many of them the model made now, and how many came from the cache."""

    vectors: dict[str, Floats]
    embedded: int
    reused: int


def cached_vectors(records: RecordStore, embedder: Embedder, chunks: Sequence[Chunk]) -> Embedded:
    """Return the vectors of these chunks, making and keeping those that the cache lacks.

    What is returned is what the cache holds, also where another process embedded the same text meanwhile: entries
    written from it are equal to the byte.

    Raises:
        TransientError: the model or the store can't be reached now.
        FingerprintMismatch: the model returned vectors of another dimension than its fingerprint says.
    """
    fingerprint = embedder.fingerprint
    texts = {chunk.text_hash: chunk for chunk in chunks}
    found = kept_vectors(records, fingerprint.id, chunks)
    absent = [text_hash for text_hash in texts if text_hash not in found]
    if absent:
        new = made_vectors(embedder, [texts[text_hash] for text_hash in absent])
        records.insert_missing(new)
        kept = records.get_many(Vector, [each.id for each in new])
        hashes = {each.id: text_hash for each, text_hash in zip(new, absent, strict=True)}
        found |= {hashes[key]: _values(vector) for key, vector in kept.items()}
    return Embedded(found, len(absent), len(texts) - len(absent))


def made_vectors(embedder: Embedder, chunks: Sequence[Chunk]) -> list[Vector]:
    """Return the vectors of these chunks, one each, made now and not kept anywhere yet.

    Raises:
        TransientError: the model can't be reached now.
        FingerprintMismatch: the model returned vectors of another dimension than its fingerprint says.
    """
    fingerprint = embedder.fingerprint
    made = embedder.embed([chunk.embedding_text() for chunk in chunks])
    if made.shape != (len(chunks), fingerprint.dimension):
        raise FingerprintMismatch(
            f"embedding model {fingerprint.model!r}",
            expected=f"{len(chunks)} vectors of dimension {fingerprint.dimension}",
            got=f"an array of shape {made.shape}",
            next_step="restart the platform, so that the model is loaded again",
        )
    return [
        Vector.of(fingerprint.id, chunk.text_hash, vector.astype("<f4").tobytes())
        for chunk, vector in zip(chunks, made, strict=True)
    ]


def kept_vectors(records: RecordStore, fingerprint: str, chunks: Iterable[Chunk]) -> dict[str, Floats]:
    """Return, by `Chunk.text_hash`, those of the chunks' vectors that the cache has under a fingerprint."""
    keys = {Vector.key(fingerprint, chunk.text_hash): chunk.text_hash for chunk in chunks}
    return {keys[key]: _values(vector) for key, vector in records.get_many(Vector, keys).items()}


def _values(vector: Vector) -> Floats:
    return np.frombuffer(vector.values, dtype="<f4")
