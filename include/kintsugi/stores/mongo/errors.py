"""What MongoDB and its driver raise, as the platform's own errors.

The class is decided by the server's error code where there is one. No message shows an address with its credentials.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DocumentTooLarge,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.errors import ConfigurationError as DriverConfigurationError

from kintsugi.errors import AGAIN, ConfigurationError, DataError, KintsugiError, StoreUnavailable, TerminalError
from kintsugi.stores.mongo.unreachable import explained_silence, refused_by_the_driver
from kintsugi.stores.place import without_secrets

DUPLICATE_KEY = 11000


@dataclass(frozen=True)
class _Meaning:
    """What an error code asks for."""

    kind: type[KintsugiError]
    expected: str
    next_step: str
    check: str = ""


_LOGIN = _Meaning(
    ConfigurationError,
    "a login that the server takes",
    "check the user's name, the password (file) and, in the URI, authSource",
)
_RIGHTS = _Meaning(
    ConfigurationError, "a user that may do this", "grant the platform's user the role readWrite on its database"
)
_NOT_PRIMARY = _Meaning(
    StoreUnavailable, "a primary", "it passes once the replica set has elected one; if not, look at its members"
)
_NOT_CONFIRMED = _Meaning(
    StoreUnavailable,
    "the word of a majority of members",
    "the write may be there and is repeated safely; see that a majority of the replica set is up and keeps up",
)
_LATE = _Meaning(StoreUnavailable, "an answer in time", f"{AGAIN}; if it stays so, look at the server's load")
_DISK = _Meaning(StoreUnavailable, "room on the server's disk", "free or add disk space on the server")
_SIZE = _Meaning(DataError, "a record below MongoDB's limit", "quarantine the item", "size")
_DEPTH = _Meaning(DataError, "a record of at most 100 levels", "quarantine the item", "depth")
_VALIDATION = _Meaning(
    DataError,
    "a record that the collection's validator takes",
    "remove the validator that somebody put on the collection, then release the item",
    "validator",
)
_RETRYABLE = _Meaning(
    ConfigurationError, "a server that takes retryable writes", "add retryWrites=false to the connection's URI"
)
_FULL_INDEX = _Meaning(ConfigurationError, "room for another index", "drop indexes that are not the platform's")
_INDEX = _Meaning(
    ConfigurationError,
    "the platform's own index, or none, under this name",
    "drop the index that the message names; it is made anew",
)
_MEANINGS: dict[int, _Meaning] = {
    **dict.fromkeys((11, 18, 8000), _LOGIN),
    13: _RIGHTS,
    **dict.fromkeys((91, 189, 10058, 10107, 11600, 11602, 13435, 13436), _NOT_PRIMARY),
    **dict.fromkeys((64, 100), _NOT_CONFIRMED),
    **dict.fromkeys((24, 50, 112, 262), _LATE),
    14031: _DISK,
    **dict.fromkeys((10334, 17280, 17282, 17419, 17420), _SIZE),
    15: _DEPTH,
    121: _VALIDATION,
    301: _RETRYABLE,
    67: _FULL_INDEX,
    **dict.fromkeys((85, 86), _INDEX),
}
_ILLEGAL_OPERATION = 20


@contextmanager
def translated(where: str, doing: str) -> Iterator[None]:
    """Raise what the driver raises inside the block as one of `kintsugi.errors`; ``doing`` says what was tried."""
    what = f"record store {where}: {doing}"
    try:
        yield
    except PyMongoError as error:
        raise explained(error, what) from _cause(error)
    except (BSONError, UnicodeEncodeError) as error:
        raise DataError(
            what,
            expected="text that can be written as UTF-8",
            got=str(error),
            next_step="quarantine the item; decode its source anew",
        ).named("unicode") from error


def explained(error: PyMongoError, what: str) -> KintsugiError:
    """Return the platform's error for one of the driver's."""
    if isinstance(error, BulkWriteError):
        return _of_bulk(dict(error.details or {}), what)
    if isinstance(error, DocumentTooLarge):
        return _as(_SIZE, what, str(error))
    if isinstance(error, ServerSelectionTimeoutError | NetworkTimeout | AutoReconnect) and not _code(error):
        return explained_silence(error, what)
    if isinstance(error, DriverConfigurationError):
        return refused_by_the_driver(error, what)
    if isinstance(error, OperationFailure | AutoReconnect):
        return _of_code(_code(error), what, str(error))
    if error.timeout:
        return _as(_LATE, what, str(error))
    return TerminalError(what, got=_said(str(error)), next_step="report it with this message")


def _of_bulk(details: dict[str, Any], what: str) -> KintsugiError:
    """Explain the first write of a batch that was refused; the others of the batch are written."""
    for refused in details.get("writeErrors", []):
        operation = refused.get("op", {})
        id = operation.get("q", operation).get("_id", "")
        return _of_code(refused.get("code"), f"{what} {id}", refused.get("errmsg", ""))
    for unconfirmed in details.get("writeConcernErrors", []):
        return _of_code(unconfirmed.get("code"), what, unconfirmed.get("errmsg", ""), _NOT_CONFIRMED)
    return TerminalError(what, got=_said(str(details)), next_step="report it with this message")


def _of_code(code: int | None, what: str, said: str, otherwise: _Meaning | None = None) -> KintsugiError:
    if code == _ILLEGAL_OPERATION and "ransaction numbers" in said:
        return _as(_RETRYABLE, what, said)
    if code in (13, 8000) and "requires authentication" in said:
        return _as(_LOGIN, what, said)
    meaning = _MEANINGS.get(code or 0, otherwise)
    if meaning is None:
        got = _said(said) if code is None else f"code {code}: {_said(said)}"
        return TerminalError(what, got=got, next_step="look the server's error code up, or report it with this message")
    return _as(meaning, what, said)


def _as(meaning: _Meaning, what: str, said: str) -> KintsugiError:
    error = meaning.kind(what, expected=meaning.expected, got=_said(said), next_step=meaning.next_step)
    return error.named(meaning.check) if isinstance(error, DataError) else error


def _code(error: PyMongoError) -> int | None:
    code = getattr(error, "code", None)
    details = getattr(error, "details", None)
    if code is None and isinstance(details, dict):
        code = details.get("code")
    return code if isinstance(code, int) else None


def _cause(error: PyMongoError) -> PyMongoError | None:
    """Return the error as the cause to show, unless its text may hold a piece of a password."""
    return None if isinstance(error, DriverConfigurationError) else error


def _said(message: str) -> str:
    """Return a message of the server without the whole answer that the driver appends to it."""
    return without_secrets(re.sub(r", full error: .*", "", message, flags=re.DOTALL))
