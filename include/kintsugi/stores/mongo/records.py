"""`MongoRecords`: the truth in a MongoDB database."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import groupby

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo.errors import DuplicateKeyError

from kintsugi.errors import ConflictError
from kintsugi.records import Chunk, Record
from kintsugi.stores.engine import EngineReport
from kintsugi.stores.mongo.capabilities import report
from kintsugi.stores.mongo.codec import HIGH, LOW, Stored, decoded, encoded
from kintsugi.stores.mongo.connections import Connect, Connections, Raw
from kintsugi.stores.mongo.filters import compares, path, query
from kintsugi.stores.mongo.schema import DIGESTS
from kintsugi.stores.mongo.writing import BATCH_BYTES, batches, id_batches, insert_new, upsert
from kintsugi.stores.records import BucketDigest, R
from kintsugi.stores.where import Where

PAGE_ROWS = 500
SUM_SECONDS = 60.0
"""How long counting and summing a whole collection may take."""


class MongoRecords:
    """A `RecordStore` in a database of its own, opened at the first use and once per process.

    The first write marks an empty database as the platform's; looking and reading leave it as it is.

    Writes return once a majority of the members has them. Where a server offers retryable writes, the driver sends a
    write whose answer is lost again, and the server does it once. Elsewhere it raises `StoreUnavailable` and may have
    happened: `put`, `insert_missing` and `delete` are simply done again, `replace` then conflicts and is decided again.
    So is `insert`; whether an id that is then taken is one's own can't be known by reading it, so nothing guesses.

    Args:
        connect: makes the client, which then belongs to the store.
        database: the database, which belongs to the platform alone.
        clock: answers `now` where a server doesn't tell its time.
    """

    def __init__(self, connect: Connect, database: str, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._connections = Connections(connect, database, clock)

    def get(self, kind: type[R], id: str) -> R | None:
        """Return the record, or ``None``."""
        return self.get_many(kind, [id]).get(id)

    def get_many(self, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Return those of the records that exist, by id."""
        collection = self._connections.to_read(kind)
        found: dict[str, R] = {}
        for batch in id_batches(ids):
            with self._doing(f"read {kind.collection}"):
                for document in collection.find({"_id": {"$in": batch}}):
                    record = decoded(kind, document.raw)
                    found[record.id] = record
        return found

    def insert(self, record: Record) -> bool:
        """Store a new record as version 1; return false, and write nothing, when its id exists."""
        kind = type(record)
        collection, document = self._connections.ready_for(kind), RawBSONDocument(encoded(record).document(1))
        with self._doing(f"insert {kind.collection} {record.id}"):
            try:
                collection.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    def insert_missing(self, records: Iterable[Record]) -> int:
        """Store those whose id does not exist as version 1, in batches as `put`; return how many."""
        return self._in_batches(records, insert_new, "insert")

    def put(self, records: Iterable[Record]) -> int:
        """Store records whatever is there (versions count up), in batches; return how many were written."""
        return self._in_batches(records, upsert, "write")

    def _in_batches(self, records: Iterable[Record], write: Callable[[Raw, list[Stored]], int], doing: str) -> int:
        written = 0
        for kind, same in groupby(records, key=_kind):
            collection = self._connections.ready_for(kind)
            for batch in batches(map(encoded, same)):
                with self._doing(f"{doing} {kind.collection}"):
                    written += write(collection, batch)
        return written

    def replace(self, record: R) -> R:
        """Store the record if the stored version still equals ``record.version``; return it with its new version.

        Raises:
            ConflictError: another writer was faster, or the record is gone.
        """
        kind = type(record)
        collection, version = self._connections.ready_for(kind), record.version
        document = RawBSONDocument(encoded(record).document(version + 1))
        with self._doing(f"replace {kind.collection} {record.id}"):
            # Also a write that changes nothing waits for the majority, so who lost then reads what it lost against.
            answer = collection.replace_one({"_id": record.id, "version": version}, document)
        if answer.matched_count == 1:
            return record.model_copy(update={"version": version + 1})
        stored = self.get(kind, record.id)
        raise ConflictError(
            f"{kind.collection} {record.id}: changed by another writer",
            expected=f"version {version}",
            got=f"version {stored.version}" if stored else "no such record",
            next_step="read it again and decide again",
        )

    def delete(self, kind: type[Record], ids: Iterable[str]) -> int:
        """Remove records; ids that are not there are fine. Return how many went."""
        collection = self._connections.ready_for(kind)
        gone = 0
        for batch in id_batches(ids):
            with self._doing(f"delete {kind.collection}"):
                gone += collection.delete_many({"_id": {"$in": batch}}).deleted_count
        return gone

    def scan(
        self, kind: type[R], where: Where | None = None, *, after: str = "", limit: int | None = None
    ) -> Iterator[R]:
        """Yield matching records in id order, those with ``id > after``; in pages, so memory stays flat."""
        last, left = after or None, limit
        asked = query(kind, where)
        collection = self._connections.to_read(kind)
        with self._doing(f"scan {kind.collection}"):
            # A record whose compared field changes moves in that field's index, and a long walk there may miss it. Less
            # than a page is read at one go; more is read in id order, where nothing moves.
            in_id_order = compares(where) and collection.count_documents(asked, limit=PAGE_ROWS) == PAGE_ROWS
        while left is None or left > 0:
            rows = PAGE_ROWS if left is None else min(PAGE_ROWS, left)
            with self._doing(f"scan {kind.collection}"):
                page, more = _page(collection, kind, where, last, rows, in_id_order)
            yield from page
            if not more:
                return
            last = page[-1].id
            left = None if left is None else left - len(page)

    def latest(self, kind: type[R], by: str, where: Where | None = None, *, limit: int = 50) -> list[R]:
        """Return the matching records with the highest values of the indexed field ``by``, highest first."""
        order, asked = [(path(kind, by), pymongo.DESCENDING), ("_id", pymongo.ASCENDING)], query(kind, where)
        if limit <= 0:
            return []
        collection = self._connections.to_read(kind)
        with self._doing(f"read {kind.collection}"):
            return [decoded(kind, document.raw) for document in collection.find(asked).sort(order).limit(limit)]

    def count(self, kind: type[Record], where: Where | None = None) -> int:
        """Return how many records match."""
        asked = query(kind, where)
        collection = self._connections.to_read(kind)
        with self._doing(f"count {kind.collection}", SUM_SECONDS):
            return collection.count_documents(asked)

    def digests(self) -> dict[int, BucketDigest]:
        """Return count and digest sum of the live chunks of each bucket that has any, from one covering index."""
        collection = self._connections.ready_for(Chunk)
        sums = {
            "_id": "$bucket",
            "count": {"$sum": 1},
            "high": {"$sum": f"${HIGH}"},
            "low": {"$sum": f"${LOW}"},
        }
        with self._doing("sum the digests of chunks", SUM_SECONDS):
            found = collection.aggregate([{"$match": {"live": True}}, {"$group": sums}], hint=DIGESTS)
            return {
                int(each["_id"]): BucketDigest(int(each["count"]), int(each["high"]), int(each["low"]))
                for each in found
            }

    def now(self) -> float:
        """Return the server's time in seconds since the epoch; the local clock's where it tells none."""
        server, _ = self._connections.look()
        with self._doing("ask for the time"):
            told = server.hello().get("localTime")
        return told.timestamp() if told is not None else self._clock()

    def describe(self) -> EngineReport:
        """Say what the server is and offers, as probes find it; see `report` for what those write."""
        return report(self._connections)

    def hold(self, migration: str) -> None:
        """Let only this migration open the database from now on, this store included; may be done again.

        Raises:
            ConfigurationError: another migration holds it.
        """
        self._connections.hold(migration)

    def let_go(self, migration: str) -> None:
        """End what `hold` began, if it was this migration that did."""
        self._connections.let_go(migration)

    def close(self) -> None:
        """Close the client; the store can't be used afterwards."""
        self._connections.close()

    def _doing(self, doing: str, seconds: float | None = None) -> AbstractContextManager[None]:
        return self._connections.waiting(doing, seconds)


def _kind(record: Record) -> type[Record]:
    return type(record)


def _page(
    collection: Raw, kind: type[R], where: Where | None, last: str | None, rows: int, in_id_order: bool
) -> tuple[list[R], bool]:
    """Return the next records and whether there may be more."""
    found = collection.find(query(kind, where, after=last)).sort("_id", pymongo.ASCENDING).limit(rows)
    page: list[R] = []
    size, read = 0, 0
    with found.hint("_id_") if in_id_order else found as cursor:
        for document in cursor:
            read += 1
            record = decoded(kind, document.raw)
            if page and record.id == page[-1].id:
                continue  # it moved in an index while it was read
            page.append(record)
            size += len(document.raw)
            if size > BATCH_BYTES:
                return page, True
    return page, read == rows
