"""Both ports with a meter: how many rows were fetched, and how many were written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kintsugi.records import Record
from kintsugi.stores.records import R, RecordStore
from kintsugi.stores.search import IndexEntry, SearchIndex, WriteOutcome
from kintsugi.stores.where import Where


@dataclass
class Tally:
    """What went through the ports.

    Attributes:
        rows_read: records and entries (or their digests) that an engine handed over; sums over buckets aren't rows.
        writes: records and entries that were inserted, changed or deleted.
    """

    rows_read: int = 0
    writes: int = 0


class CountedRecords:
    """A `RecordStore` that counts; what moves no rows is passed on."""

    def __init__(self, inner: RecordStore, tally: Tally) -> None:
        self._inner = inner
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get(self, kind: type[R], id: str) -> R | None:
        """Return the record, or ``None``."""
        found = self._inner.get(kind, id)
        self._tally.rows_read += found is not None
        return found

    def get_many(self, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Return those of the records that exist, by id."""
        found = self._inner.get_many(kind, ids)
        self._tally.rows_read += len(found)
        return found

    def scan(
        self, kind: type[R], where: Where | None = None, *, after: str = "", limit: int | None = None
    ) -> Iterator[R]:
        """Yield matching records in id order."""
        for record in self._inner.scan(kind, where, after=after, limit=limit):
            self._tally.rows_read += 1
            yield record

    def latest(self, kind: type[R], by: str, where: Where | None = None, *, limit: int = 50) -> list[R]:
        """Return the matching records with the highest values of a field."""
        found = self._inner.latest(kind, by, where, limit=limit)
        self._tally.rows_read += len(found)
        return found

    def insert(self, record: Record) -> bool:
        """Store a new record."""
        made = self._inner.insert(record)
        self._tally.writes += made
        return made

    def insert_missing(self, records: Iterable[Record]) -> int:
        """Store those whose id does not exist."""
        return self._written(self._inner.insert_missing(records))

    def put(self, records: Iterable[Record]) -> int:
        """Store records whatever is there."""
        return self._written(self._inner.put(records))

    def replace(self, record: R) -> R:
        """Store the record if its version is still the stored one."""
        stored = self._inner.replace(record)
        self._tally.writes += 1
        return stored

    def delete(self, kind: type[Record], ids: Iterable[str]) -> int:
        """Remove records."""
        return self._written(self._inner.delete(kind, ids))

    def _written(self, count: int) -> int:
        self._tally.writes += count
        return count


class CountedIndex:
    """A `SearchIndex` that counts; what moves no rows, and searching, is passed on."""

    def __init__(self, inner: SearchIndex, tally: Tally) -> None:
        self._inner = inner
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def entries(self, name: str, ids: Iterable[str] | None = None) -> Iterator[IndexEntry]:
        """Yield entries in id order."""
        for entry in self._inner.entries(name, ids):
            self._tally.rows_read += 1
            yield entry

    def of_documents(self, name: str, documents: Iterable[str]) -> dict[str, int]:
        """Return id → digest of the entries of these documents."""
        return self._read(self._inner.of_documents(name, documents))

    def of_buckets(self, name: str, buckets: Iterable[int]) -> dict[str, int]:
        """Return id → digest of the entries in these buckets."""
        return self._read(self._inner.of_buckets(name, buckets))

    def write(self, name: str, entries: Sequence[IndexEntry]) -> WriteOutcome:
        """Upsert entries."""
        outcome = self._inner.write(name, entries)
        self._tally.writes += outcome.written
        return outcome

    def delete(self, name: str, ids: Iterable[str]) -> int:
        """Remove entries."""
        gone = self._inner.delete(name, ids)
        self._tally.writes += gone
        return gone

    def _read(self, found: dict[str, int]) -> dict[str, int]:
        self._tally.rows_read += len(found)
        return found
