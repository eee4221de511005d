"""`SearchIndex`: the port of the projection."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kintsugi.records import Labels
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.records import BucketDigest

Floats = NDArray[np.float32]
INDEX_NAME = r"[a-z0-9][a-z0-9_.-]{0,127}"


def is_index_name(name: str) -> bool:
    """Return whether every engine accepts the name, as a folder, a table and an OpenSearch index."""
    return re.fullmatch(INDEX_NAME, name) is not None


@dataclass(frozen=True)
class IndexEntry:
    """What the index holds of a chunk. ``vector`` is a float32 array of the generation's dimension, unit length."""

    id: str
    document: str
    document_version: str
    source: str
    title: str
    heading: str
    text: str
    start: int
    end: int
    labels: Labels
    bucket: int
    digest: int
    vector: Floats


@dataclass(frozen=True)
class Hit:
    """A chunk found by one leg. ``score`` is the engine's own (higher is better; only its order is comparable)."""

    id: str
    score: float


@dataclass(frozen=True)
class Scope:
    """Whom a search is for; applied inside the engine, before the k best are taken.

    Attributes:
        principals: only entries whose access names one of them; ``None`` is the platform itself and sees everything.
        sources: only these sources; empty is all.
        max_sensitivity: entries above it are left out.
        trusts: only these; empty is all.
        regions: only these; empty is all.
    """

    principals: tuple[str, ...] | None = ("everyone",)
    sources: tuple[str, ...] = ()
    max_sensitivity: str = "confidential"
    trusts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class WriteOutcome:
    """What became of each entry of a write: ``refused`` maps ids to the engine's reason."""

    written: int
    refused: dict[str, str]


class SearchIndex(Protocol):
    """Named indexes of chunks with a lexical and a vector leg.

    Implementers guarantee: safe from many processes at once; upserts by id, so a write may run twice; after `refresh`
    every process finds what was written before it; the order of hits with equal scores is by id. A name that does not
    exist raises `StoreUnavailable` on everything but `create` and `drop`. Engine exceptions are translated as for
    `RecordStore`.
    """

    def create(self, name: str, dimension: int) -> None:
        """Make the index with vectors of this dimension; nothing happens when it exists.

        Raises:
            ConfigurationError: not a name that every engine accepts, see `is_index_name`.
            FingerprintMismatch: it exists with vectors of another dimension.
        """
        ...

    def drop(self, name: str) -> None:
        """Remove the index; nothing happens when it does not exist."""
        ...

    def names(self) -> list[str]:
        """Return the names of the indexes that exist, sorted."""
        ...

    def write(self, name: str, entries: Sequence[IndexEntry]) -> WriteOutcome:
        """Upsert entries; a refused entry is reported, the rest is written."""
        ...

    def delete(self, name: str, ids: Iterable[str]) -> int:
        """Remove entries; return how many were there."""
        ...

    def refresh(self, name: str) -> None:
        """Make everything written so far searchable, and compact where it pays."""
        ...

    def search_text(self, name: str, query: str, k: int, scope: Scope) -> list[Hit]:
        """Return the k best by BM25 over title, heading and text. Any string is a valid query."""
        ...

    def search_vector(self, name: str, vector: Floats, k: int, scope: Scope) -> list[Hit]:
        """Return the k nearest by cosine.

        Raises:
            FingerprintMismatch: the vector's length is not the index's dimension.
        """
        ...

    def entries(self, name: str, ids: Iterable[str] | None = None) -> Iterator[IndexEntry]:
        """Yield entries in id order, all of them or these; in pages, so memory stays flat."""
        ...

    def of_documents(self, name: str, documents: Iterable[str]) -> dict[str, int]:
        """Return id → digest of the entries of these documents."""
        ...

    def of_buckets(self, name: str, buckets: Iterable[int]) -> dict[str, int]:
        """Return id → digest of the entries in these buckets."""
        ...

    def digests(self, name: str) -> dict[int, BucketDigest]:
        """Return count and digest sum of each bucket that has entries."""
        ...

    def count(self, name: str) -> int:
        """Return how many entries there are."""
        ...

    def serve(self, name: str) -> None:
        """Let what the engine offers to other programs (an alias) name this index; nothing where it has no such thing.

        The platform's own readers go by the pointer record, never by this.

        Raises:
            ConfigurationError: what should be the alias is an index of somebody else.
        """
        ...

    def describe(self) -> EngineReport:
        """Probe the engine and say what it is and offers.

        Raises:
            StoreUnavailable: it can't be reached.
            ConfigurationError: it is too old or refuses the login.
        """
        ...

    def close(self) -> None:
        """Release what is open; the index can't be used afterwards."""
        ...
