"""`OpenSearchIndex`: the projection as indexes of OpenSearch, one a generation."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kintsugi.errors import KintsugiError
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.opensearch import capabilities, reading, rows, searching
from kintsugi.stores.opensearch.bulk import Action, Bulk
from kintsugi.stores.opensearch.catalog import Catalog
from kintsugi.stores.opensearch.connection import Connection, Sleep
from kintsugi.stores.opensearch.filters import scoped
from kintsugi.stores.opensearch.mapping import Design
from kintsugi.stores.opensearch.sizes import Sizes
from kintsugi.stores.operational_text import query_words
from kintsugi.stores.owner import Owner
from kintsugi.stores.ranking import best
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import Floats, Hit, IndexEntry, Scope, WriteOutcome
from kintsugi.stores.shown import refusal, with_direction

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

PAGE = 1000

T = TypeVar("T")


class OpenSearchIndex:
    """A `SearchIndex` on OpenSearch 2.16 or newer. Opening costs nothing; the first call connects.

    Args:
        connect: makes the client, in each process that uses the index.
        prefix: begins the names of its indexes and of its alias.
        knn_engine: ``lucene`` or ``faiss``, for indexes made from now on.
        shards, replicas: of indexes made from now on.
        owner: whose indexes, asked when first needed; without, every platform index of the prefix is taken for its own.
        timeout: seconds to wait for an answer; what changes an index may take three times as long.
        sleep: waits between tries.
    """

    def __init__(
        self,
        connect: "Callable[[], OpenSearch]",
        *,
        prefix: str = "kintsugi",
        knn_engine: str = "lucene",
        shards: int = 1,
        replicas: int = 0,
        owner: Owner | None = None,
        timeout: float = 10.0,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._prefix, self._knn_engine = prefix, knn_engine
        self._connection = Connection(connect, timeout=timeout, sleep=sleep)
        self._catalog = Catalog(self._connection, prefix, Design(knn_engine, shards, replicas), owner)
        self._bulk = Bulk(self._connection, sleep)
        self._sizes = Sizes(time.monotonic)

    def create(self, name: str, dimension: int) -> None:
        """Make the index with vectors of this dimension; nothing happens when it exists.

        Raises:
            ConfigurationError: not a name that every engine accepts, or an index of somebody else has it or the alias.
            FingerprintMismatch: it exists with vectors of another dimension.
        """
        self._catalog.create(name, dimension)

    def drop(self, name: str) -> None:
        """Remove the index; nothing happens when it does not exist, and one of somebody else is refused."""
        self._catalog.drop(name)

    def names(self) -> list[str]:
        """Return the names of the indexes that this platform made, sorted."""
        return self._catalog.names()

    def write(self, name: str, entries: Sequence[IndexEntry]) -> WriteOutcome:
        """Upsert entries; a refused entry is reported, the rest is written. Of two with one id the later counts.

        Raises:
            FingerprintMismatch: a vector's length is not the index's dimension; nothing is written then.
            StoreUnavailable: the engine takes no writes, or none for some time; what it took is there, see `Bulk`.
        """
        dimension = self._catalog.held(name, f"write to {name}", fresh=True).dimension
        for entry in entries:
            self._catalog.require_dimension(name, dimension, np.size(entry.vector), f"write {entry.id} to {name}")
        refused = {entry.id: reason for entry in entries if (reason := refusal(entry))}
        accepted = {entry.id: entry for entry in entries if entry.id not in refused}
        sent = self._bulk.send(self._catalog.door(name), map(_upsert, accepted.values()), f"write to {name}")
        return WriteOutcome(len(sent.done), refused | sent.refused)

    def delete(self, name: str, ids: Iterable[str]) -> int:
        """Remove entries; return how many were there."""
        self._catalog.held(name, f"delete from {name}")
        gone = 0
        for page in _pages(dict.fromkeys(ids)):
            actions = map(_deletion, rows.writable(page))
            gone += len(self._bulk.send(self._catalog.door(name), actions, f"delete from {name}").done)
        return gone

    def refresh(self, name: str) -> None:
        """Make everything written so far searchable; the engine merges by itself."""
        self._visible(name, "refresh")

    def search_text(self, name: str, query: str, k: int, scope: Scope) -> list[Hit]:
        """Return the k best by BM25 over title, heading and text. Any string is a valid query.

        A query without any word that counts (stop words, punctuation) finds nothing.
        """
        self._catalog.held(name, f"search {name}")
        filters = scoped(scope)
        if k <= 0:
            return []
        return searching.by_text(self._connection, self._catalog.real(name), query_words(query), k, filters)

    def search_vector(self, name: str, vector: Floats, k: int, scope: Scope) -> list[Hit]:
        """Return the k nearest by cosine; exact below `sizes.COMPARED` entries.

        Raises:
            FingerprintMismatch: the vector's length is not the index's dimension.
        """
        wanted = np.asarray(vector, dtype=np.float32).reshape(-1)
        held, filters = self._catalog.held(name, f"search {name}"), scoped(scope)
        if wanted.size != held.dimension:
            held = self._catalog.held(name, f"search {name}", fresh=True)
        self._catalog.require_dimension(name, held.dimension, wanted.size, f"search {name}")
        direction = rows.unit(with_direction(wanted, f"search index {self._connection.where}: search {name}"))
        if k <= 0:
            return []
        real = self._catalog.real(name)
        if self._sizes.compares(name, lambda: reading.count(self._connection, real, f"count {name}")):
            return searching.by_comparison(self._connection, real, direction, k, filters)

        def ranked(limit: int) -> list[Hit]:
            return searching.by_graph(self._connection, real, direction, limit, filters, held.knn_engine)

        return best(ranked, k)

    def entries(self, name: str, ids: Iterable[str] | None = None) -> Iterator[IndexEntry]:
        """Yield entries in id order, all of them or these; in pages, so memory stays flat."""
        doing = f"read {name}"
        if ids is None:
            yield from reading.all_entries(self._connection, self._visible(name, "read"), doing)
            return
        self._catalog.held(name, doing)
        for page in _pages(sorted(set(ids)), reading.ENTRIES):
            yield from reading.entries_of(self._connection, self._catalog.real(name), page, doing)

    def of_documents(self, name: str, documents: Iterable[str]) -> dict[str, int]:
        """Return id → digest of the entries of these documents."""
        return self._digests_of(name, "document", rows.writable(documents))

    def of_buckets(self, name: str, buckets: Iterable[int]) -> dict[str, int]:
        """Return id → digest of the entries in these buckets."""
        return self._digests_of(name, "bucket", buckets)

    def _digests_of(self, name: str, field: str, values: Iterable[Any]) -> dict[str, int]:
        real = self._visible(name, "read the digests of")
        found: dict[str, int] = {}
        for page in _pages(values):
            found |= reading.digests_where(self._connection, real, field, page, f"read the digests of {name}")
        return found

    def digests(self, name: str) -> dict[int, BucketDigest]:
        """Return count and digest sum of each bucket that has entries."""
        return reading.bucket_digests(
            self._connection, self._visible(name, "sum the digests of"), f"sum the digests of {name}"
        )

    def count(self, name: str) -> int:
        """Return how many entries there are."""
        return reading.count(self._connection, self._visible(name, "count"), f"count {name}")

    def serve(self, name: str) -> None:
        """Let the alias ``<prefix>-served`` name this index and no other.

        Raises:
            ConfigurationError: what should be the alias is an index, or an alias of somebody else's.
        """
        self._catalog.serve(name)

    def describe(self) -> EngineReport:
        """Probe the engine and say what it is and offers.

        Raises:
            StoreUnavailable: it can't be reached.
            ConfigurationError: it isn't OpenSearch, is too old, or refuses the login; or the alias is taken.
        """
        report = capabilities.report(self._connection, self._prefix, self._knn_engine)
        self._catalog.require_alias()
        return report

    def close(self) -> None:
        """Close this process's client; the index can't be used afterwards."""
        self._connection.close()

    def _visible(self, name: str, doing: str) -> str:
        """Return the index's name in the engine, once all that was written to it is visible."""
        self._catalog.held(name, f"{doing} {name}")
        real = self._catalog.real(name)
        try:
            reading.refresh(self._connection, real, f"{doing} {name}")
        except KintsugiError:
            self._catalog.forget(name)
            raise
        return real


def _upsert(entry: IndexEntry) -> Action:
    head = rows.line({"index": {"_id": rows.key(entry.id)}})
    return Action(entry.id, head + rows.line(rows.document(entry)))


def _deletion(id: str) -> Action:
    return Action(id, rows.line({"delete": {"_id": rows.key(id)}}))


def _pages(values: Iterable[T], size: int = PAGE) -> Iterator[list[T]]:
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page
