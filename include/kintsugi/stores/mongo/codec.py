"""Records as BSON documents and back: fields under their own names, so that ``mongosh`` shows what one expects.

Beside the fields stand derived ones, whose names begin with ``_``: they are for the server's eyes and not read back.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from kintsugi.errors import DataError, TerminalError
from kintsugi.records import Chunk, Record
from kintsugi.stores.mongo.values import UnfaithfulError, restored, stored
from kintsugi.stores.records import R

LARGEST = 16_000_000
"""Bytes of a document's fields; MongoDB's limit is 16 MiB for all of it, id included."""
HIGH, LOW = "_high", "_low"
"""The parts of a chunk's digest that `RecordStore.digests` sums."""
EXPIRES = "_expires"
"""When the server may drop the record."""
PACKED = "_packed"
"""The fields of a record that is too large as it is, as compressed BSON."""

_LOW_BITS = 31
_PLAIN: CodecOptions[dict[str, Any]] = CodecOptions(
    document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_MS
)


@dataclass(frozen=True)
class Stored:
    """A record ready to be written.

    Attributes:
        id: its id.
        fields: the other fields but the version, encoded.
        absent: fields that a record of its class may have in the store and this one has not.
    """

    id: str
    fields: bytes
    absent: tuple[str, ...]

    def document(self, version: int) -> bytes:
        """Return the whole document, encoded."""
        head = bson.encode({"_id": self.id, "version": version})
        # A document is its length in four bytes, its elements and a zero.
        return struct.pack("<i", len(head) + len(self.fields) - 5) + head[4:-1] + self.fields[4:]


def encoded(record: Record) -> Stored:
    """Return the record as it is written.

    Raises:
        DataError: it holds what wouldn't come back as it is (a text that isn't Unicode, a number that isn't finite, too
            deep a nesting), a NUL in its id or in a field that is filtered on (refused in every engine), or more than
            a document holds, even compressed.
    """
    for field in ("id", *record.indexed):
        value = getattr(record, field)
        if isinstance(value, str) and "\0" in value:
            raise _refused(record, "nul", f"no NUL in {field}, which is filtered on", repr(value))
    try:
        plain = record.model_dump(mode="python", exclude={"id", "version"})
        fields = {name: stored(value) for name, value in plain.items()} | _derived(record)
        if (body := bson.encode(fields)) and len(body) > LARGEST:
            return _packed(record, fields)
    except UnfaithfulError as error:
        raise _refused(record, error.check, error.expected, error.got) from error
    except UnicodeEncodeError as error:
        raise _refused(record, "unicode", "text as UTF-8", str(error)) from error
    except (PydanticSerializationError, RecursionError, ValueError) as error:
        raise _refused(record, "depth", "at most 255 levels", str(error)) from error
    except BSONError as error:
        raise _refused(record, "unicode", "what BSON can hold", str(error)) from error
    return Stored(record.id, body, _absent(type(record), fields))


def decoded(kind: type[R], document: bytes | memoryview) -> R:
    """Return the record that `encoded` made, with its stored version.

    Raises:
        TerminalError: what is stored doesn't fit the class.
    """
    found: dict[str, Any] = {}
    try:
        found = bson.decode(document, _PLAIN)
        if PACKED in found:
            found |= bson.decode(zlib.decompress(found[PACKED]), _PLAIN)
        values = {name: restored(value) for name, value in found.items() if not name.startswith("_")}
        return kind.from_document({"id": found["_id"], **values})
    except ValidationError as error:
        reason = f"{error.errors()[0]['msg']} at {error.errors()[0]['loc']}"
        raise _misfit(kind, found, reason) from error
    except (BSONError, zlib.error, ValueError) as error:
        raise _misfit(kind, found, str(error)) from error


def _derived(record: Record) -> dict[str, Any]:
    derived: dict[str, Any] = {}
    if isinstance(record, Chunk):
        # Always 64 bits wide: a sum of 32-bit integers may overflow in engines other than MongoDB itself.
        derived[HIGH] = bson.Int64(record.digest >> _LOW_BITS)
        derived[LOW] = bson.Int64(record.digest & (1 << _LOW_BITS) - 1)
    if record.expires is not None:
        field, seconds = record.expires
        try:
            derived[EXPIRES] = datetime.fromtimestamp(getattr(record, field) + seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return derived  # a time that no calendar has: it stays
    return derived


def _packed(record: Record, fields: Mapping[str, Any]) -> Stored:
    beside = {*record.indexed, *_derived(record)}
    inside = bson.encode({name: value for name, value in fields.items() if name not in beside})
    kept = {name: value for name, value in fields.items() if name in beside}
    body = bson.encode({**kept, PACKED: zlib.compress(inside)})
    if len(body) > LARGEST:
        raise _refused(
            record, "size", f"at most {LARGEST} bytes once compressed", f"{len(body)} of {len(inside)} bytes"
        )
    return Stored(record.id, body, _absent(type(record), {*kept, PACKED}))


def _absent(kind: type[Record], present: Mapping[str, Any] | set[str]) -> tuple[str, ...]:
    possible = {*kind.model_fields, PACKED} - {"id", "version"}
    if kind.expires is not None:
        possible.add(EXPIRES)
    return tuple(sorted(possible - set(present)))


def _misfit(kind: type[Record], found: Mapping[str, Any], reason: str) -> TerminalError:
    return TerminalError(
        f"{kind.collection}: a stored record doesn't fit {kind.__name__}",
        expected=f"the fields of {kind.__name__}",
        got=f"{found.get('_id')!r}: {reason}",
        next_step="the database was written by another version of the platform; migrate or rebuild it",
    )


def _refused(record: Record, check: str, expected: str, got: str) -> DataError:
    return DataError(
        f"{record.collection} {record.id!r}: can't be stored",
        expected=expected,
        got=got,
        next_step="quarantine the item; read its source anew",
    ).named(check)
