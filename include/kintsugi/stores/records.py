"""`RecordStore`: the port of the truth."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kintsugi.records import Record
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.where import Where

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class BucketDigest:
    """Count and digest sum of one bucket. Two sides hold the same entries when both are equal.

    ``high`` sums ``digest >> 31`` and ``low`` sums ``digest & 0x7fffffff``: exact in any engine's 64-bit integers and,
    below four million entries a bucket, in its doubles.
    """

    count: int
    high: int
    low: int


class RecordStore(Protocol):
    """Typed records by id, with single-record atomicity and nothing more.

    Implementers guarantee: every method may be called from many processes at once; a write is durable and visible to
    all of them when the method returns; `insert`, `replace` and each single record of `insert_missing`, `put` and
    `delete` are atomic; `scan` and `latest` see a record at most once and miss none that is there all the while, even
    when others write. Engine exceptions are translated: locked, unreachable → `StoreUnavailable`; a full disk →
    `StoreUnavailable` that says so. A record comes back as it was stored or is refused with `DataError`: every engine
    refuses texts that aren't Unicode, numbers that aren't finite, and a NUL in an id or a field that is filtered on. A
    filter on a field that the class doesn't declare as indexed raises `ConfigurationError`.
    """

    def get(self, kind: type[R], id: str) -> R | None:
        """Return the record, or ``None``."""
        ...

    def get_many(self, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Return those of the records that exist, by id."""
        ...

    def insert(self, record: Record) -> bool:
        """Store a new record as version 1; return false, and write nothing, when its id exists."""
        ...

    def insert_missing(self, records: Iterable[Record]) -> int:
        """Store those whose id does not exist as version 1, in batches; return how many. Streams its input."""
        ...

    def put(self, records: Iterable[Record]) -> int:
        """Store records whatever is there (versions count up); return how many were written. Streams its input."""
        ...

    def replace(self, record: R) -> R:
        """Store the record if the stored version still equals ``record.version``; return it with its new version.

        Raises:
            ConflictError: another writer was faster, or the record is gone.
        """
        ...

    def delete(self, kind: type[Record], ids: Iterable[str]) -> int:
        """Remove records; ids that are not there are fine. Return how many went."""
        ...

    def scan(
        self, kind: type[R], where: Where | None = None, *, after: str = "", limit: int | None = None
    ) -> Iterator[R]:
        """Yield matching records in id order, those with ``id > after``; in pages, so memory stays flat."""
        ...

    def latest(self, kind: type[R], by: str, where: Where | None = None, *, limit: int = 50) -> list[R]:
        """Return the matching records with the highest values of the indexed field ``by``.

        The highest is first; equal values are in id order.
        """
        ...

    def count(self, kind: type[Record], where: Where | None = None) -> int:
        """Return how many records match."""
        ...

    def digests(self) -> dict[int, BucketDigest]:
        """Return count and digest sum of the live chunks of each bucket that has any, computed by the engine."""
        ...

    def now(self) -> float:
        """Return the store's time in seconds since the epoch: leases and watermarks live by it."""
        ...

    def describe(self) -> EngineReport:
        """Probe the engine and say what it is and offers.

        Raises:
            StoreUnavailable: it can't be reached.
            ConfigurationError: it is too old, refuses the login, or the database belongs to somebody else.
        """
        ...

    def close(self) -> None:
        """Release what is open; the store can't be used afterwards."""
        ...
