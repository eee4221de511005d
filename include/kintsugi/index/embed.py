"""Second step of a publish: every chunk that the index should show has a vector."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from kintsugi.embedding.cache import kept_vectors, made_vectors
from kintsugi.index.ahead import READY, ahead
from kintsugi.index.current import IdRange, at_most, changed_documents, chunks_of, in_groups
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Vector

CHUNKS_TO_EMBED_AT_ONCE = 1024

UNSEEN = READY + 2
"""Batches whose vectors may have been written after the present one was read: those read ahead, and the one before."""


@dataclass(frozen=True)
class EmbedOutcome:
    """How many texts the model embedded, and how many vectors were there already."""

    embedded: int = 0
    reused: int = 0


@dataclass(frozen=True)
class _Batch:
    """Chunks by the hash of their text, and which of the hashes have a vector."""

    chunks: dict[str, Chunk]
    kept: frozenset[str]


def embed(platform: Platform, since: float, batch: IdRange, alive: Callable[[], None] = lambda: None) -> EmbedOutcome:
    """Embed the texts of the changed documents in this range that have no vector yet, and keep the vectors.

    While the model works on one batch, the next is read and the one before is written: at most five batches are in
    memory. A text is embedded once; what a killed run has embedded stays. ``alive`` is called now and then.

    Raises:
        TransientError: the model or the store can't be reached now.
        FingerprintMismatch: the model returned vectors of another dimension than its fingerprint says.
    """
    embedded = reused = 0
    just_made: deque[frozenset[str]] = deque(maxlen=UNSEEN)
    writing: Future[object] | None = None
    reading = ahead(_batches(platform, since, batch))
    with closing(reading), ThreadPoolExecutor(1, thread_name_prefix="keep-vectors") as writer:
        for some in reading:
            lacking = [each for each in some.chunks if each not in some.kept.union(*just_made)]
            vectors = made_vectors(platform.embedder, [some.chunks[each] for each in lacking]) if lacking else []
            if writing:
                writing.result()
            writing = writer.submit(_keep, platform, vectors)
            just_made.append(frozenset(lacking))
            embedded, reused = embedded + len(lacking), reused + len(some.chunks) - len(lacking)
            alive()
        if writing:
            writing.result()
    return EmbedOutcome(embedded, reused)


def _batches(platform: Platform, since: float, batch: IdRange) -> Iterator[_Batch]:
    fingerprint = platform.embedder.fingerprint.id
    changed = changed_documents(platform.records, since, batch)
    chunks = (chunk for group in in_groups(changed) for chunk in chunks_of(platform.records, group))
    for some in at_most(chunks, CHUNKS_TO_EMBED_AT_ONCE):
        kept = kept_vectors(platform.records, fingerprint, some)
        yield _Batch({chunk.text_hash: chunk for chunk in some}, frozenset(kept))


def _keep(platform: Platform, vectors: Sequence[Vector]) -> None:
    if vectors:
        platform.records.insert_missing(vectors)
