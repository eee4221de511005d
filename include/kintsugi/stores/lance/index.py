"""`LanceIndex`: the projection as LanceDB tables, one a generation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import structlog

from kintsugi.errors import ConfigurationError, FingerprintMismatch
from kintsugi.locks import held
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.lance import reading, rows, searching, upkeep
from kintsugi.stores.lance.errors import is_conflict, translated
from kintsugi.stores.lance.filters import one_of
from kintsugi.stores.lance.places import Places
from kintsugi.stores.lance.tables import WRITER_PATIENCE, Tables
from kintsugi.stores.operational_text import query_words
from kintsugi.stores.ranking import best
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import INDEX_NAME, Floats, Hit, IndexEntry, Scope, WriteOutcome, is_index_name
from kintsugi.stores.shown import refusal, with_direction

if TYPE_CHECKING:
    from lancedb.table import Table

PAGE = 1000
CONFLICT_TRIES = 5

T = TypeVar("T")


class LanceIndex:
    """A `SearchIndex` in one folder. Opening costs nothing; LanceDB is imported by the first call.

    Args:
        path: the folder; made when it is missing.
        patience: how long a write waits for its turn, in seconds, before it raises `StoreUnavailable`.
    """

    def __init__(self, path: Path, *, patience: float = WRITER_PATIENCE) -> None:
        self._path = path
        self._tables = Tables(path, patience)
        self._places = Places()

    def create(self, name: str, dimension: int) -> None:
        """Make the index with vectors of this dimension; nothing happens when it exists.

        Raises:
            ConfigurationError: not a name that every engine accepts.
            FingerprintMismatch: it exists with vectors of another dimension.
        """
        if not is_index_name(name):
            raise ConfigurationError(
                f"search index {self._path}: create index {name!r}",
                expected=f"a name like {INDEX_NAME}",
                got=repr(name),
                next_step="name the generation otherwise",
            )
        with self._tables.turn(name):
            if name in self.names():
                self._require_dimension(name, dimension, "create index")
            else:
                with translated(self._path, f"create index {name}"):
                    self._tables.connection.create_table(name, schema=rows.schema(dimension))
            with self._tables.reading(name, "make the indexes of") as table:
                upkeep.ensure_indexes(table)

    def drop(self, name: str) -> None:
        """Remove the index; nothing happens when it does not exist."""
        if not is_index_name(name):
            return
        connection = self._tables.connection
        with self._tables.turn(name), translated(self._path, f"drop index {name}"):
            connection.drop_table(name, ignore_missing=True)
            self._tables.forget(name)

    def names(self) -> list[str]:
        """Return the names of the indexes that exist, sorted."""
        names: list[str] = []
        page = None
        with translated(self._path, "list the indexes"):
            while True:
                answer = self._tables.connection.list_tables(page_token=page)
                names += answer.tables
                page = answer.page_token
                if not page:
                    return sorted(names)

    def write(self, name: str, entries: Sequence[IndexEntry]) -> WriteOutcome:
        """Upsert entries; a refused entry is reported, the rest is written. Of two with one id the later counts.

        Raises:
            FingerprintMismatch: a vector's length is not the index's dimension; nothing is written then.
        """
        dimension = self._tables.dimension(name)
        for entry in entries:
            if np.size(entry.vector) != dimension:  # looked up once: the engine is asked for the schema each time
                self._require_dimension(name, np.size(entry.vector), f"write {entry.id} to")
        refused = {entry.id: reason for entry in entries if (reason := refusal(entry))}
        accepted = list({entry.id: entry for entry in entries if entry.id not in refused}.values())
        if accepted:
            data = rows.table(accepted, dimension)
            with self._tables.writing(name, "write to") as table:
                _retried(
                    lambda: (
                        table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(data)
                    )
                )
        return WriteOutcome(len(accepted), refused)

    def delete(self, name: str, ids: Iterable[str]) -> int:
        """Remove entries; return how many were there."""
        gone = 0
        for page in _pages(ids):
            with self._tables.writing(name, "delete from") as table:
                gone += _retried(partial(table.delete, one_of("id", page))).num_deleted_rows
        return gone

    def refresh(self, name: str) -> None:
        """Make everything written so far searchable, and compact where it pays.

        What is written is found at once, by scan; this keeps the scanned part small, and the number of files. A large
        index also gets its vector index here, beside the writers, by one process at a time.
        """
        with self._tables.writing(name, "refresh") as table:
            upkeep.ensure_indexes(table)
            if upkeep.condition(table).compaction_pays():
                upkeep.compact(table)
        with held(self._tables.lock_file(name, "vectors"), patience=0) as mine:
            if mine:
                with self._tables.reading(name, "make the vector index of") as table:
                    if upkeep.wants_vector_index(table):
                        structlog.get_logger().info("vector-index-build", index=name)
                        _retried(lambda: upkeep.make_vector_index(table))

    def search_text(self, name: str, query: str, k: int, scope: Scope) -> list[Hit]:
        """Return the k best by BM25 over title, heading and text. Any string is a valid query.

        A query without any word that counts (stop words, punctuation) finds nothing.
        """
        words = query_words(query)

        return self._best(name, lambda table, limit: searching.by_text(table, words, limit, scope), k)

    def search_vector(self, name: str, vector: Floats, k: int, scope: Scope) -> list[Hit]:
        """Return the k nearest by cosine; exact below `upkeep.VECTOR_INDEX_ROWS` entries.

        Raises:
            FingerprintMismatch: the vector's length is not the index's dimension.
        """
        wanted = np.asarray(vector, dtype=np.float32).reshape(-1)
        self._require_dimension(name, wanted.size, "search")
        with_direction(wanted, f"search index {self._path}: search {name}")

        return self._best(name, lambda table, limit: searching.by_vector(table, wanted, limit, scope), k)

    def _best(self, name: str, leg: "Callable[[Table, int], searching.Ranked]", k: int) -> list[Hit]:
        def ranked(limit: int) -> list[Hit]:
            with self._tables.reading(name, "search") as table:
                found = leg(table, limit)
            self._places.note(name, [hit.id for hit in found.hits], found.rows)
            return found.hits

        return best(ranked, k)

    def entries(self, name: str, ids: Iterable[str] | None = None) -> Iterator[IndexEntry]:
        """Yield entries in id order, all of them or these; in pages, so memory stays flat."""
        for page in self._all_ids(name) if ids is None else _pages(sorted(set(ids))):
            with self._tables.reading(name, "read") as table:
                found = reading.entries_of(table, page, self._places.known(name, page) if ids is not None else [])
            yield from found

    def _all_ids(self, name: str) -> Iterator[list[str]]:
        after: str | None = None
        while True:
            with self._tables.reading(name, "list the ids of") as table:
                page = reading.ids_after(table, after, PAGE)
            if not page:
                return
            yield page
            after = page[-1]

    def of_documents(self, name: str, documents: Iterable[str]) -> dict[str, int]:
        """Return id → digest of the entries of these documents."""
        return self._digests_of(name, "document", documents)

    def of_buckets(self, name: str, buckets: Iterable[int]) -> dict[str, int]:
        """Return id → digest of the entries in these buckets."""
        return self._digests_of(name, "bucket", buckets)

    def _digests_of(self, name: str, column: str, values: Iterable[str | int]) -> dict[str, int]:
        found: dict[str, int] = {}
        with self._tables.reading(name, "read the digests of") as table:
            for page in _pages(values):
                found |= reading.digests_where(table, one_of(column, page))
        return found

    def digests(self, name: str) -> dict[int, BucketDigest]:
        """Return count and digest sum of each bucket that has entries."""
        with self._tables.reading(name, "sum the digests of") as table:
            return reading.bucket_digests(table)

    def count(self, name: str) -> int:
        """Return how many entries there are."""
        with self._tables.reading(name, "count") as table:
            return int(table.count_rows())

    def serve(self, name: str) -> None:
        """Do nothing: other programs open the table by its name."""

    def describe(self) -> EngineReport:
        """Say which LanceDB this is; there is nothing to choose from."""
        return EngineReport("index", "LanceDB", version("lancedb"), str(self._path))

    def close(self) -> None:
        """Release what is open; the index can't be used afterwards."""
        self._tables.close()

    def _require_dimension(self, name: str, dimension: int, doing: str) -> None:
        held_here = self._tables.dimension(name)
        if dimension != held_here:
            raise FingerprintMismatch(
                f"search index {self._path}: {doing} {name}",
                expected=f"vectors of dimension {held_here}",
                got=f"dimension {dimension}",
                next_step="publish: another embedding gets a generation of its own",
            )


def _pages(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while page := list(islice(rest, PAGE)):
        yield page


def _retried(commit: Callable[[], T]) -> T:
    """Return what ``commit`` returns; a commit that lost against another writer is tried again, a few times."""
    for _ in range(CONFLICT_TRIES - 1):
        try:
            return commit()
        except (ValueError, RuntimeError, OSError) as error:
            if not is_conflict(str(error)):
                raise
    return commit()
