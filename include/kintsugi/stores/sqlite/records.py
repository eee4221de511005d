"""`SQLiteRecords`: the truth in one SQLite file, written by many processes."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path

from kintsugi.errors import ConflictError
from kintsugi.records import Chunk, Record
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.records import BucketDigest, R
from kintsugi.stores.sqlite.codec import decoded, encoded
from kintsugi.stores.sqlite.connections import BUSY_SECONDS, Connections
from kintsugi.stores.sqlite.errors import translated
from kintsugi.stores.sqlite.filters import column, compares, conditions, flags, quoted
from kintsugi.stores.sqlite.transaction import transaction
from kintsugi.stores.where import Where

PAGE_ROWS = 500
BATCH_ROWS = 1000
BATCH_CHARS = 8_000_000
"""Bounds of what a page or a transaction holds in memory."""

_INSERT = "INSERT INTO {table} (id, version, body) VALUES (?, 1, ?) ON CONFLICT DO NOTHING"
_UPSERT = (
    "INSERT INTO {table} (id, version, body) VALUES (?, 1, ?) "
    "ON CONFLICT (id) DO UPDATE SET version = version + 1, body = excluded.body"
)


class SQLiteRecords:
    """A `RecordStore` in one file.

    Args:
        path: the database file; its folder is made when it is missing.
        clock: what `now` answers, seconds since the epoch.
        patience: how long a write waits for other writers, in seconds, before it raises `StoreUnavailable`.
    """

    def __init__(self, path: Path, clock: Callable[[], float], *, patience: float = BUSY_SECONDS) -> None:
        self._path = path
        self._clock = clock
        self._connections = Connections(path, patience)

    def get(self, kind: type[R], id: str) -> R | None:
        """Return the record, or ``None``."""
        return self.get_many(kind, [id]).get(id)

    def get_many(self, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Return those of the records that exist, by id."""
        found: dict[str, R] = {}
        with translated(self._path, f"read {kind.collection}"):
            connection = self._connections.ready_for(kind)
            for batch in _batches(ids):
                query = f"SELECT version, body FROM {quoted(kind.collection)} WHERE id IN ({_marks(batch)})"
                for version, body in connection.execute(query, batch):
                    record = decoded(kind, version, body)
                    found[record.id] = record
        return found

    def insert(self, record: Record) -> bool:
        """Store a new record as version 1; return false, and write nothing, when its id exists."""
        kind = type(record)
        with translated(self._path, f"insert {kind.collection} {record.id}"):
            cursor = self._connections.ready_for(kind).execute(
                _INSERT.format(table=quoted(kind.collection)), (record.id, encoded(record))
            )
            return cursor.rowcount == 1

    def insert_missing(self, records: Iterable[Record]) -> int:
        """Store those whose id does not exist as version 1, in batches as `put`; return how many."""
        return self._in_batches(records, _INSERT, "insert")

    def put(self, records: Iterable[Record]) -> int:
        """Store records whatever is there (versions count up); return how many were written.

        The input is taken in batches of at most `BATCH_ROWS` records or `BATCH_CHARS` characters, each one
        transaction; no lock is held while the input is read, so it may come from this store.
        """
        return self._in_batches(records, _UPSERT, "write")

    def _in_batches(self, records: Iterable[Record], statement: str, doing: str) -> int:
        written = 0
        for kind, same in groupby(records, key=_kind):
            with translated(self._path, f"{doing} {kind.collection}"):
                connection = self._connections.ready_for(kind)
            rows = ((record.id, encoded(record)) for record in same)
            while batch := _bounded(rows):
                with translated(self._path, f"{doing} {kind.collection}"), transaction(connection):
                    cursor = connection.executemany(statement.format(table=quoted(kind.collection)), batch)
                    written += cursor.rowcount
        return written

    def replace(self, record: R) -> R:
        """Store the record if the stored version still equals ``record.version``; return it with its new version.

        Raises:
            ConflictError: another writer was faster, or the record is gone.
        """
        kind = type(record)
        with translated(self._path, f"replace {kind.collection} {record.id}"):
            cursor = self._connections.ready_for(kind).execute(
                f"UPDATE {quoted(kind.collection)} SET version = version + 1, body = ? WHERE id = ? AND version = ?",
                (encoded(record), record.id, record.version),
            )
        if cursor.rowcount == 1:
            return record.model_copy(update={"version": record.version + 1})
        stored = self.get(kind, record.id)
        raise ConflictError(
            f"{kind.collection} {record.id}: changed by another writer",
            expected=f"version {record.version}",
            got=f"version {stored.version}" if stored else "no such record",
            next_step="read it again and decide again",
        )

    def delete(self, kind: type[Record], ids: Iterable[str]) -> int:
        """Remove records; ids that are not there are fine. Return how many went."""
        gone = 0
        with translated(self._path, f"delete {kind.collection}"):
            connection = self._connections.ready_for(kind)
            for batch in _batches(ids):
                statement = f"DELETE FROM {quoted(kind.collection)} WHERE id IN ({_marks(batch)})"
                gone += connection.execute(statement, batch).rowcount
        return gone

    def scan(
        self, kind: type[R], where: Where | None = None, *, after: str = "", limit: int | None = None
    ) -> Iterator[R]:
        """Yield matching records in id order, those with ``id > after``; in pages, so memory stays flat."""
        with translated(self._path, f"scan {kind.collection}"):
            in_id_order = compares(where) and not self._fits_a_page(kind, where)
        plain = set(where or {}) if in_id_order else flags(kind, where)
        left = limit
        while left is None or left > 0:
            with translated(self._path, f"scan {kind.collection}"):
                page, more = self._page(kind, where, after, PAGE_ROWS if left is None else min(PAGE_ROWS, left), plain)
            yield from page
            if not more:
                return
            after = page[-1].id
            left = None if left is None else left - len(page)

    def _page(self, kind: type[R], where: Where | None, after: str, rows: int, plain: set[str]) -> tuple[list[R], bool]:
        parts, values = conditions(kind, where, plain=plain)
        if after:
            parts, values = [*parts, "id > ?"], [*values, after]
        query = f"SELECT version, body FROM {quoted(kind.collection)}{_where(parts)} ORDER BY id LIMIT {rows}"
        page: list[R] = []
        size = 0
        cursor = self._connections.ready_for(kind).execute(query, values)
        for version, body in cursor:
            page.append(decoded(kind, version, body))
            size += len(body)
            if size > BATCH_CHARS:
                cursor.close()
                return page, True
        return page, len(page) == rows

    def _fits_a_page(self, kind: type[Record], where: Where | None) -> bool:
        parts, values = conditions(kind, where, plain=flags(kind, where))
        query = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(kind.collection)}{_where(parts)} LIMIT {PAGE_ROWS})"
        found: int = self._connections.ready_for(kind).execute(query, values).fetchone()[0]
        return found < PAGE_ROWS

    def latest(self, kind: type[R], by: str, where: Where | None = None, *, limit: int = 50) -> list[R]:
        """Return the matching records with the highest values of the indexed field ``by``, highest first."""
        parts, values = conditions(kind, where, plain=flags(kind, where))
        query = (
            f"SELECT version, body FROM {quoted(kind.collection)}{_where(parts)} "
            f"ORDER BY {column(kind, by)} DESC, id LIMIT ?"
        )
        with translated(self._path, f"read {kind.collection}"):
            rows = self._connections.ready_for(kind).execute(query, [*values, max(limit, 0)])
            return [decoded(kind, version, body) for version, body in rows]

    def count(self, kind: type[Record], where: Where | None = None) -> int:
        """Return how many records match."""
        parts, values = conditions(kind, where, plain=flags(kind, where) if len(where or {}) > 1 else ())
        query = f"SELECT count(*) FROM {quoted(kind.collection)}{_where(parts)}"
        with translated(self._path, f"count {kind.collection}"):
            found: int = self._connections.ready_for(kind).execute(query, values).fetchone()[0]
            return found

    def digests(self) -> dict[int, BucketDigest]:
        """Return count and digest sum of the live chunks of each bucket that has any, from one covering index."""
        query = (
            "SELECT bucket, count(*), sum(digest >> 31), sum(digest & 2147483647) "
            f"FROM {quoted(Chunk.collection)} WHERE live = 1 GROUP BY bucket"
        )
        with translated(self._path, "sum the digests of chunks"):
            rows = self._connections.ready_for(Chunk).execute(query)
            return {bucket: BucketDigest(count, high, low) for bucket, count, high, low in rows}

    def now(self) -> float:
        """Return the store's time in seconds since the epoch."""
        return self._clock()

    def describe(self) -> EngineReport:
        """Say which SQLite this is; there is nothing to choose from."""
        return EngineReport("records", "SQLite", sqlite3.sqlite_version, str(self._path))

    def close(self) -> None:
        """Release what is open; the store can't be used afterwards."""
        self._connections.close()


def _kind(record: Record) -> type[Record]:
    return type(record)


def _where(parts: list[str]) -> str:
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch


def _bounded(rows: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take the next rows, as many as a transaction may hold."""
    batch: list[tuple[str, str]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[1])
        if len(batch) == BATCH_ROWS or size >= BATCH_CHARS:
            break
    return batch
