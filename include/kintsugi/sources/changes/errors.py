"""What MongoDB and its driver raise while a source is read, as the platform's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from bson.errors import BSONError
from pymongo.errors import OperationFailure, PyMongoError

from kintsugi.errors import DriftError, KintsugiError, SourceUnavailable, StoreUnavailable, TerminalError
from kintsugi.stores.mongo.errors import explained

NOT_ALLOWED = 13
_NO_CHANGE_STREAMS = (40573, 40324, 115, 166, 59)
"""Not a replica set; no such stage; not supported here (also: on this view); no such command."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise what the block raises as one of `kintsugi.errors`; ``what`` names source and collection."""
    try:
        yield
    except StoreUnavailable as error:
        raise of_source(error) from error
    except PyMongoError as error:
        raise of_source(explained(error, what)) from None
    except BSONError as error:
        raise DriftError(
            what,
            expected="documents of BSON",
            got=str(error),
            next_step="look at the collection with `validate`; the partition is held until then",
        ) from error


def of_source(error: KintsugiError) -> KintsugiError:
    """Return a store's error as a source's: the class is the same but for one that can't be reached."""
    if not isinstance(error, StoreUnavailable):
        return error
    return SourceUnavailable(error.what, expected=error.expected, got=error.got, next_step=error.next_step)


def offers_no_stream(error: OperationFailure) -> bool:
    """Return whether the server says that this collection has no change streams, or none for this user."""
    said = str(error)
    return error.code in _NO_CHANGE_STREAMS or (error.code == NOT_ALLOWED and "changeStream" in said)


def is_lost(error: PyMongoError, what: str) -> bool:
    """Return whether a stream can't be resumed for a reason of its own: its token is too old, unknown or no token.

    Whatever isn't known to pass by itself, or to be for a person to mend, counts as that: to list everything is right
    in any case, and says so if it fails too.
    """
    if not isinstance(error, OperationFailure):
        return False
    return type(explained(error, what)) is TerminalError
