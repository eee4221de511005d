"""What is measured: an index of chunks, ours or what a user would pick instead, behind the same few calls."""

from collections.abc import Sequence
from typing import Protocol

from kintsugi.retrieval.hybrid import CANDIDATES, fused, legs
from kintsugi.stores.search import Floats, IndexEntry, Scope, SearchIndex

K = 10
"""Passages that a question gets back, with their texts."""


class Contestant(Protocol):
    """An index that can be filled and asked. Every search returns the texts of at most `K` passages by id."""

    name: str
    hybrid_is: str

    def write(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries."""
        ...

    def settle(self) -> None:
        """Do what its manual asks for after writing: index, compact, refresh."""
        ...

    def lexical(self, query: str) -> dict[str, str]:
        """Search by words."""
        ...

    def vector(self, vector: Floats) -> dict[str, str]:
        """Search by meaning."""
        ...

    def hybrid(self, query: str, vector: Floats) -> dict[str, str]:
        """Search by both, in the way that it offers."""
        ...

    def close(self) -> None:
        """Remove what was made."""
        ...


class Ours:
    """One of the platform's own adapters, called as `kintsugi.retrieval` calls it."""

    hybrid_is = f"{CANDIDATES} of each leg, convex combination"

    def __init__(self, name: str, index: SearchIndex, generation: str, dimension: int, dense_weight: float) -> None:
        self.name = name
        self._index = index
        self._generation = generation
        self._dense_weight = dense_weight
        index.create(generation, dimension)

    def write(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries as publish does."""
        self._index.write(self._generation, entries)

    def settle(self) -> None:
        """Make them searchable as publish does at its end."""
        self._index.refresh(self._generation)

    def lexical(self, query: str) -> dict[str, str]:
        """Search by words."""
        return self._texts([hit.id for hit in self._index.search_text(self._generation, query, K, Scope())])

    def vector(self, vector: Floats) -> dict[str, str]:
        """Search by meaning."""
        return self._texts([hit.id for hit in self._index.search_vector(self._generation, vector, K, Scope())])

    def hybrid(self, query: str, vector: Floats) -> dict[str, str]:
        """Search by both legs and fuse."""
        lexical, dense = legs(self._index, self._generation, query, vector, CANDIDATES, Scope(), "hybrid")
        return self._texts([each.id for each in fused(lexical, dense, self._dense_weight)[:K]])

    def close(self) -> None:
        """Drop the index."""
        self._index.drop(self._generation)
        self._index.close()

    def _texts(self, ids: Sequence[str]) -> dict[str, str]:
        return {entry.id: entry.text for entry in self._index.entries(self._generation, ids)}
