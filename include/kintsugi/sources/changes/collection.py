"""Documents of a MongoDB collection, as rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from kintsugi.errors import DriftError
from kintsugi.sources.changes.errors import NOT_ALLOWED, translated
from kintsugi.sources.changes.names import keys_of
from kintsugi.sources.tabular.marks import Span, like
from kintsugi.sources.tabular.values import Row

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.collection import Collection

ID = "_id"
_PAGE = 500
_A_TIME, _A_NUMBER = datetime.min.replace(tzinfo=UTC), Decimal(0)


class CollectionRows:
    """Reads a collection's documents; nothing stays connected between.

    Args:
        source: the source's name, for messages.
        connect: makes a client.
        database, collection: what is read.
        key: the field that documents are known by, and sorted by.
        watermark: the field that spans speak of; "" for none.
        filter: which documents are wanted, in MongoDB's query language.
        place: the server's address without a login.
    """

    def __init__(
        self,
        source: str,
        connect: "Callable[[], MongoClient[Any]]",
        database: str,
        collection: str,
        *,
        key: str = ID,
        watermark: str = "",
        filter: Mapping[str, Any] | None = None,
        place: str = "mongodb:",
    ) -> None:
        self.label = f"{database}.{collection}"
        self.what = f"source {source}, collection {self.label}"
        self.locator = f"{place}#{self.label}/"
        self.key = key
        self._connect = connect
        self._database = database
        self._collection = collection
        self._watermark = watermark
        self._filter = dict(filter or {})

    @property
    def asked(self) -> str:
        """Server, collection and filter."""
        from bson import json_util

        return f"{self.locator} {json_util.dumps(self._filter)}"

    def check(self) -> None:
        """Raise `SourceUnavailable` when the server doesn't answer, `TerminalError` when it refuses the login."""
        with self.opened() as collection:
            collection.find_one({}, projection={ID: True})

    def require(self, names: frozenset[str]) -> None:
        """Return when the collection is there; its documents may each have other fields.

        Raises:
            DriftError: it is not.
        """
        from pymongo.errors import OperationFailure

        with self.opened() as collection:
            try:
                there = collection.database.list_collection_names(filter={"name": self._collection})
            except OperationFailure as error:
                if error.code == NOT_ALLOWED:  # a user may be allowed to read it without being allowed to look for it
                    return
                raise
        if not there:
            raise DriftError(
                f"{self.what}: there is no such collection",
                expected="the collection that the source's entry names",
                got="none of that name",
                next_step="bring it back, or correct sources.yaml; the partition is held until then",
            )

    def rows(self, span: Span | None) -> Iterator[Row]:
        """Yield the documents of the span, sorted by key; all of them for ``None``."""
        wanted = self._filter if span is None else self._within(span)
        with self.opened() as collection:
            found = collection.find(wanted, batch_size=_PAGE).sort(self.key, 1)
            if self.key != ID:  # sorted without an index, perhaps
                found = found.allow_disk_use(True)
            with found:
                yield from found

    def named(self, name: str) -> Iterator[Row]:
        """Yield the documents whose key has this name."""
        with self.opened() as collection:
            yield from collection.find({"$and": [{self.key: {"$in": keys_of(name)}}, self._filter]}).limit(10)

    def highest(self) -> Any:
        """Return the highest watermark: of times where there are any."""
        with self.opened() as collection:
            found = collection.find_one(
                self._filter, projection={self._watermark: True, ID: False}, sort=[(self._watermark, -1)]
            )
        return None if found is None else found.get(self._watermark)

    def among(self, ids: Sequence[Any]) -> Iterator[Row]:
        """Yield those of these ``_id`` that are there and wanted, in their order; the server's batches are 16 MB."""
        with self.opened() as collection:
            yield from collection.find({"$and": [{ID: {"$in": list(ids)}}, self._filter]}).sort(ID, 1)

    @contextmanager
    def opened(self) -> "Iterator[Collection[dict[str, Any]]]":
        """Connect, and translate what goes wrong."""
        from bson.codec_options import CodecOptions, DatetimeConversion

        options: CodecOptions[dict[str, Any]] = CodecOptions(
            tz_aware=True,
            tzinfo=UTC,
            unicode_decode_error_handler="surrogateescape",  # damage is a matter of its document
            datetime_conversion=DatetimeConversion.DATETIME_AUTO,
        )
        with translated(self.what), self._connect() as client:
            yield client.get_database(self._database).get_collection(self._collection, codec_options=options)

    def _within(self, span: Span) -> dict[str, Any]:
        """Return a query that no document of the span fails: fields may hold times, numbers or text."""
        field = self._watermark
        times: dict[str, Any] = {"$gte": like(span.low, _A_TIME)}
        numbers: dict[str, Any] = {"$gte": floor(like(span.low, _A_NUMBER))}  # type: ignore[arg-type]
        if span.high is not None:
            times["$lt"] = like(span.high, _A_TIME)
            numbers["$lt"] = ceil(like(span.high, _A_NUMBER))  # type: ignore[arg-type]
        others = {field: {"$not": {"$type": ["date", "number"]}}}
        return {"$and": [self._filter, {"$or": [{field: times}, {field: numbers}, others]}]}
