"""The indexes of each collection."""

import contextlib
from typing import Any

import pymongo
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from kintsugi.records import Chunk, Record
from kintsugi.stores.mongo.codec import EXPIRES, HIGH, LOW
from kintsugi.stores.mongo.filters import is_flag

DIGESTS = "digests"
EXPIRY = "expiry"
BUILD_SECONDS = 600.0
"""How long the building of an index on what is already stored may take."""


def indexes(kind: type[Record]) -> dict[str, list[tuple[str, int]]]:
    """Return the indexes of a class's collection, name → fields.

    Each falls by its field and rises by the id: so `RecordStore.latest` and a filtered scan in id order both walk it.
    A flag has none: it halves a collection at best. The digests of a bucket of chunks are summed from one covering
    index.
    """
    made = {
        f"{field}_id": [(field, pymongo.DESCENDING), ("_id", pymongo.ASCENDING)]
        for field in kind.indexed
        if not is_flag(kind, field)
    }
    if kind is Chunk:
        made[DIGESTS] = [(field, pymongo.ASCENDING) for field in ("live", "bucket", HIGH, LOW)]
    return made


def missing(collection: Collection[Any], kind: type[Record]) -> tuple[list[IndexModel], bool]:
    """Return the indexes that a class's collection lacks, and whether there is such a collection already."""
    present = set(collection.index_information())
    models = [IndexModel(fields, name=name) for name, fields in indexes(kind).items() if name not in present]
    return models, bool(present)


def offer_expiry(collection: Collection[Any], kind: type[Record]) -> None:
    """Let the server drop what has expired; where it doesn't take such an index, nothing depends on it."""
    if kind.expires is not None:
        with contextlib.suppress(OperationFailure):
            collection.create_index(EXPIRES, name=EXPIRY, expireAfterSeconds=0)
