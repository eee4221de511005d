"""A collection whose changes are followed by its change stream."""

from collections.abc import Iterator

import structlog

from kintsugi.platform import Clock
from kintsugi.sources.changes.collection import ID, CollectionRows
from kintsugi.sources.changes.names import name_of
from kintsugi.sources.changes.stream import Lost, NotOffered, Position, drain, position_now
from kintsugi.sources.changes.touched import Touched, touched
from kintsugi.sources.partitions import is_over
from kintsugi.sources.port import RawItem
from kintsugi.sources.tabular.growing import GrowingRows
from kintsugi.sources.tabular.items import RowItems

_PAGE = 200


class FollowedCollection(GrowingRows):
    """Documents that changed since the stream's token; each once, as it is now.

    The first run lists everything, after taking the token: what changes meanwhile comes with the next run. So does a
    run whose token the server no longer knows, or after the collection was dropped or renamed. Where the server has no
    change streams, the collection is read by its watermark, and without one as a whole.

    Args:
        idle: seconds without a change after which the stream counts as drained.
        longest: seconds after which a run goes on with what came, however much is left.
    """

    def __init__(
        self,
        name: str,
        reader: CollectionRows,
        made: RowItems,
        *,
        watermark: str,
        clock: Clock,
        overlap: float,
        full_every: float,
        idle: float = 1.0,
        longest: float = 600.0,
    ) -> None:
        super().__init__(name, reader, made, watermark=watermark, clock=clock, overlap=overlap, full_every=full_every)
        self._rows_of = reader
        self._idle = idle
        self._longest = longest

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        """Yield what changed or went since the cursor, or everything.

        Raises:
            DriftError: there is no such collection.
            SourceUnavailable: the server stopped answering.
        """
        is_over(self.name, "all", partition, 0.0)
        self._cursor, self._complete = "", False
        try:
            with touched() as found:
                position = self._drained(partition, cursor, found)
                if position is None:
                    with self._rows_of.opened() as collection:
                        position = position_now(collection, self._idle)
                    yield from self.items(partition)
                else:
                    yield from self._current(found)
                    self._complete = False
            self._cursor = _text_of(position, self._shape)
        except NotOffered as error:
            structlog.get_logger().info("changes.not_offered", source=self.name, partition=partition, reason=str(error))
            yield from self._scanned(partition, cursor)

    def _drained(self, partition: str, cursor: str, found: Touched) -> Position | None:
        """Drain the stream into ``found``; ``None`` when everything has to be listed."""
        log = structlog.get_logger().bind(source=self.name, partition=partition)
        position = _position_of(cursor, self._shape)
        if position is None:
            if cursor:
                log.warning("cursor.reset", reason="unreadable, or of another shape")
            else:
                log.info("cursor.reset", reason="first")
            return None
        try:
            with self._rows_of.opened() as collection:
                return drain(
                    collection,
                    position,
                    lambda id: found.add(name_of([id]), id),
                    idle=self._idle,
                    longest=self._longest,
                    clock=self._clock,
                )
        except Lost as error:
            log.warning("cursor.reset", reason=f"lost: {error}")
            return None

    def _current(self, found: Touched) -> Iterator[RawItem]:
        """Yield the touched documents as they are now; those that are no longer there, or wanted, as deleted."""
        self._require()
        for page in found.pages(_PAGE):
            gone = dict.fromkeys(page)
            for row in self._rows_of.among(list(page.values())):
                gone.pop(name_of([row[ID]]), None)
                yield self._made.item(row)
            yield from map(self._made.deleted, gone)

    def _scanned(self, partition: str, cursor: str) -> Iterator[RawItem]:
        if self._watermark:
            yield from super().items_after(partition, cursor)
        else:
            yield from self.items(partition)


def _text_of(position: Position, shape: str) -> str:
    from bson import json_util

    where = {"token": position.token} if position.token is not None else {"since": position.since}
    return json_util.dumps({**where, "shape": shape}, json_options=json_util.CANONICAL_JSON_OPTIONS)


def _position_of(cursor: str, shape: str) -> Position | None:
    """Return the position that a cursor tells; ``None`` for none, or one of other templates."""
    from bson import json_util

    try:
        found = json_util.loads(cursor)
        position = Position(found.get("token"), found.get("since"))
        return position if found["shape"] == shape and position.options else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
