"""Planted regressions: what a build that went wrong does to the index of a new generation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from kintsugi.documents.identity import digest
from kintsugi.platform import Platform
from kintsugi.records import Fingerprint
from kintsugi.records.document import embedding_text
from kintsugi.stores.search import Floats, IndexEntry

ENTRIES_AT_ONCE = 256


def shuffle_vectors(platform: Platform, index: str, rng: np.random.Generator) -> None:
    """Give each entry the vector of another one, as an off-by-one between ids and a batch of vectors does."""
    entries = list(platform.index.entries(index))
    order = rng.permutation(len(entries))
    _write(
        platform,
        index,
        (replace(each, vector=entries[other].vector) for each, other in zip(entries, order, strict=True)),
    )


def truncate_chunks(platform: Platform, index: str, rng: np.random.Generator, share: float = 0.2) -> None:
    """Leave of each entry's text the first ``share``, and its vector, as a limit in the wrong unit does."""
    for some in _batches(iter(list(platform.index.entries(index)))):
        cut = [replace(each, text=each.text[: max(1, int(share * len(each.text)))]) for each in some]
        vectors = platform.embedder.embed([_seen_by_the_model(each) for each in cut])
        _write(platform, index, (replace(each, vector=vector) for each, vector in zip(cut, vectors, strict=True)))


def leave_as_it_is(platform: Platform, index: str, rng: np.random.Generator) -> None:
    """Do nothing: the identical rebuild, or one whose damage is its model."""


class HashedWords:
    """A model that knows nothing: each word counts in one of a few dimensions, chosen by its hash.

    Args:
        dimension: length of the vectors; the fewer, the more words are mistaken for each other.
        seed: another one is another model.
    """

    def __init__(self, dimension: int, seed: int = 0) -> None:
        self._dimension = dimension
        self._seed = seed

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of these vectors."""
        return Fingerprint(
            id=digest("hashed words", str(self._dimension), str(self._seed), size=8),
            model="hashed-words",
            revision=str(self._seed),
            weights="",
            dimension=self._dimension,
            normalised=True,
            prefix="",
            backend="bench",
            canaries="",
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text."""
        vectors = np.full((len(texts), self._dimension), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, int(digest(str(self._seed), word, size=4), 16) % self._dimension] += 1.0
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question."""
        return self.embed(queries)


def _seen_by_the_model(entry: IndexEntry) -> str:
    return embedding_text(entry.title, (entry.heading,) if entry.heading else (), entry.text)


def _write(platform: Platform, index: str, entries: Iterator[IndexEntry]) -> None:
    for some in _batches(entries):
        platform.index.write(index, some)
    platform.index.refresh(index)


def _batches(entries: Iterator[IndexEntry]) -> Iterator[list[IndexEntry]]:
    while some := list(islice(entries, ENTRIES_AT_ONCE)):
        yield some
