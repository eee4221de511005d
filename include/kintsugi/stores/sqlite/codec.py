"""Records as JSON text and back; here alone bytes become base64 (by the record's pydantic configuration)."""

import math
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from kintsugi.errors import DataError, TerminalError
from kintsugi.records import Record

R = TypeVar("R", bound=Record)

READABLE_LEVELS = 150
"""So deep a nesting is certainly read again; pydantic writes deeper ones than it reads."""


def encoded(record: Record) -> str:
    """Return the record as a JSON object without its version, which the store keeps beside it.

    Raises:
        DataError: it holds what wouldn't come back as it is: a text that isn't Unicode, a number that isn't finite, a
            NUL in a field that is filtered on (SQLite's JSON functions cut such a text short), too deep a nesting.
    """
    try:
        body = record.model_dump_json(exclude={"version"})
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        check, expected = ("depth", "at most 255 levels") if "depth" in str(error) else ("unicode", "text as UTF-8")
        raise _refused(record, check, expected, str(error)) from error
    if "null" in body or "\ufffd" in body:  # what pydantic silently makes of an infinity, and of a bad key
        _require_faithful(record, record.model_dump(mode="python"))
    if body.count("[") + body.count("{") > READABLE_LEVELS:
        _require_readable(record, body)
    if "\\u0000" in body:
        for field in ("id", *record.indexed):
            if "\0" in str(getattr(record, field)):
                raise _refused(record, "nul", f"no NUL in {field}, which is filtered on", repr(getattr(record, field)))
    return body


def decoded(kind: type[R], version: int, body: str) -> R:
    """Return the record that `encoded` made, with its stored version.

    Raises:
        TerminalError: what is stored doesn't fit the class.
    """
    try:
        return kind.model_validate_json(f'{{"version":{version},{body[1:]}')
    except ValidationError as error:
        raise TerminalError(
            f"{kind.collection}: a stored record doesn't fit {kind.__name__}",
            expected=f"the fields of {kind.__name__}",
            got=f"{body[:80]}…: {error.errors()[0]['msg']} at {error.errors()[0]['loc']}",
            next_step="the file was written by another version of the platform; migrate or rebuild it",
        ) from error


def _require_readable(record: Record, body: str) -> None:
    try:
        type(record).model_validate_json(body)
    except ValidationError as error:
        raise _refused(record, "depth", "a nesting that can be read again", error.errors()[0]["msg"]) from error


def _require_faithful(record: Record, value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused(record, "finite", "finite numbers", f"{value}, which JSON can't hold")
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str) and any("\ud800" <= character <= "\udfff" for character in key):
                raise _refused(record, "unicode", "text as UTF-8", f"the key {key!r}")
            _require_faithful(record, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_faithful(record, inner)


def _refused(record: Record, check: str, expected: str, got: str) -> DataError:
    return DataError(
        f"{record.collection} {record.id!r}: can't be stored",
        expected=expected,
        got=got,
        next_step="quarantine the item; read its source anew",
    ).named(check)
