"""A change stream, drained: what it touched since a token, and where to go on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError

from kintsugi.platform import Clock
from kintsugi.sources.changes.collection import ID
from kintsugi.sources.changes.errors import is_lost, offers_no_stream

if TYPE_CHECKING:
    from pymongo.change_stream import CollectionChangeStream
    from pymongo.collection import Collection

_CHANGES = ("insert", "update", "replace", "delete")
_UNIMPORTANT = ("create", "createIndexes", "dropIndexes", "modify", "shardCollection", "refineCollectionShardKey")


class NotOffered(Exception):
    """The server has no change stream for this collection."""


class Lost(Exception):
    """The stream can't tell what changed since the token; the message says why. Everything has to be listed."""


@dataclass(frozen=True)
class Position:
    """Where a stream goes on: after a token, or from a moment of the server's where it gave no token yet."""

    token: Any = None
    since: Any = None

    @property
    def options(self) -> dict[str, Any]:
        """What ``watch`` is told."""
        if self.token is not None:
            return {"resume_after": self.token}
        return {} if self.since is None else {"start_at_operation_time": self.since}


def position_now(collection: "Collection[Any]", idle: float) -> Position:
    """Return the present end of the stream.

    Raises:
        NotOffered: there is none.
    """
    with (
        collection.database.client.start_session() as session,
        _watching(collection, Position(), idle, session) as stream,
    ):
        if stream.resume_token is None:
            since = session.operation_time
            if since is None:
                raise NotOffered("the server gives neither a token nor its time")
            return Position(since=since)
        return Position(token=stream.resume_token)


def drain(
    collection: "Collection[Any]",
    position: Position,
    touch: Callable[[Any], None],
    *,
    idle: float,
    longest: float,
    clock: Clock,
) -> Position:
    """Call ``touch`` with the ``_id`` of each change until there is none for a while; return where to go on.

    Args:
        collection: whose changes.
        position: where the last time ended.
        touch: called once for each change, in order.
        idle: seconds without a change after which the stream counts as drained.
        longest: seconds after which it ends in any case; what is left is for the next time.
        clock: seconds since the epoch.

    Raises:
        NotOffered: there is no change stream (any more).
        Lost: the position is unknown to the server, or the collection was dropped or renamed since.
    """
    until = clock() + longest
    what = f"collection {collection.full_name}"
    try:
        with _watching(collection, position, idle, None) as stream:
            while stream.alive and clock() < until:
                change = stream.try_next()
                if change is None:
                    break
                _take(change, touch)
            token = stream.resume_token
    except PyMongoError as error:
        if is_lost(error, what):
            raise Lost(f"code {getattr(error, 'code', None)}") from error
        raise
    return position if token is None else Position(token=token)


def _take(change: Any, touch: Callable[[Any], None]) -> None:
    kind = change.get("operationType")
    if kind in _UNIMPORTANT:
        return
    key = change.get("documentKey")
    if kind not in _CHANGES or not isinstance(key, dict) or ID not in key:
        raise Lost(str(kind))
    touch(key[ID])


def _watching(
    collection: "Collection[Any]", position: Position, idle: float, session: Any
) -> "CollectionChangeStream[Any]":
    try:
        return collection.watch(max_await_time_ms=max(1, round(idle * 1000)), session=session, **position.options)
    except OperationFailure as error:
        if offers_no_stream(error):
            raise NotOffered(f"code {error.code}") from error
        raise
