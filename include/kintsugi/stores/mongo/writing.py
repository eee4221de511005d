"""Batches of records and their writes, each of which may be sent twice."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from kintsugi.errors import AGAIN, StoreUnavailable
from kintsugi.stores.mongo.codec import Stored
from kintsugi.stores.mongo.connections import Raw
from kintsugi.stores.mongo.errors import DUPLICATE_KEY

BATCH_ROWS = 1000
BATCH_BYTES = 8_000_000
"""Bounds of what a batch or a page holds in memory."""

_TRIES = 8


def batches(records: Iterable[Stored]) -> Iterator[list[Stored]]:
    """Group records into batches of at most `BATCH_ROWS` and about `BATCH_BYTES`.

    An id is in a batch once: the writes of a batch have no order, and of two records with one id the later counts.
    """
    batch: dict[str, Stored] = {}
    size = 0
    for record in records:
        if record.id in batch or len(batch) == BATCH_ROWS or size >= BATCH_BYTES:
            yield list(batch.values())
            batch, size = {}, 0
        batch[record.id] = record
        size += len(record.fields)
    if batch:
        yield list(batch.values())


def id_batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Group ids into batches of `BATCH_ROWS`."""
    rest = iter(ids)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch


def upsert(collection: Raw, batch: list[Stored]) -> int:
    """Write the records whatever is there, and count their versions up; return how many."""
    left = batch
    for _ in range(_TRIES):
        try:
            collection.bulk_write([_update(record) for record in left], ordered=False)
        except BulkWriteError as error:
            # Two writers that both find nothing both insert, and one is refused: its record is there to be updated now.
            left = [left[at] for at in _duplicates(error)]
        else:
            return len(batch)
    raise StoreUnavailable(
        f"{collection.name} {left[0].id!r}: inserted and removed by others {_TRIES} times while it was written",
        next_step=AGAIN,
    )


def insert_new(collection: Raw, batch: list[Stored]) -> int:
    """Insert those of the records whose id isn't there; return how many went in."""
    try:
        collection.insert_many([RawBSONDocument(record.document(1)) for record in batch], ordered=False)
    except BulkWriteError as error:
        return len(batch) - len(_duplicates(error))
    return len(batch)


def _update(record: Stored) -> UpdateOne:
    change: dict[str, Any] = {"$inc": {"version": 1}}
    if len(record.fields) > len(b"\5\0\0\0\0"):  # the server refuses to set nothing
        change["$set"] = RawBSONDocument(record.fields)
    if record.absent:
        change["$unset"] = dict.fromkeys(record.absent, "")
    return UpdateOne({"_id": record.id}, change, upsert=True)


def _duplicates(error: BulkWriteError) -> list[int]:
    """Return which of a batch were refused because their id is taken; any other refusal is raised."""
    details = error.details or {}
    refused = details.get("writeErrors", [])
    if details.get("writeConcernErrors") or any(each["code"] != DUPLICATE_KEY for each in refused):
        raise error
    return [each["index"] for each in refused]
