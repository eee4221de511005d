"""Values of rows, in plain words: the same value is the same text in every run, whichever driver read it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from kintsugi.documents.identity import digest
from kintsugi.sources.naming import safe_name

Row = dict[str, Any]


def plain(value: Any) -> Any:
    """Return the value as JSON has it: ``None``, bool, int, float, str, lists and mappings with text keys.

    Times become ISO 8601, in UTC where they name a zone; bytes become hexadecimal; what JSON has no word for (a UUID,
    an object id, a number that isn't finite) becomes its text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(float(value))
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(inner) for inner in value), key=repr)
    return str(value)


def shown(value: Any) -> str:
    """Return the value as it stands in a document: "" for nothing, ``true``, ``false``, decimals with their scale."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    made = plain(value)
    if made is None:
        return ""
    if isinstance(made, str):
        return made
    return repr(made) if type(made) in (int, float) else json.dumps(made, ensure_ascii=False)


def row_digest(values: Sequence[Any], *parts: str) -> str:
    """Return a digest that changes with any of the values or parts; 1 and "1" differ."""
    told = (f"{type(value).__name__} {shown(value)}" for value in values)
    return digest("row", str(len(values)), *told, *parts)


def key_name(values: Sequence[Any]) -> str:
    """Return a row's key as an external id: printable, and different for different keys.

    A column whose type changes keeps its rows' ids: 7 and "7" are the same key. Parts are joined by ``/``, which is
    percent-encoded inside the parts of a key of several columns.
    """
    parts = [safe_name(shown(value)) for value in values]
    return parts[0] if len(parts) == 1 else "/".join(part.replace("/", "%2F") for part in parts)


def is_damaged(value: Any) -> bool:
    """Return whether text in the value holds bytes that were no UTF-8: readers keep them as lone surrogates."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return True
    if isinstance(value, Mapping):
        return any(is_damaged(inner) for pair in value.items() for inner in pair)
    return isinstance(value, list | tuple) and any(is_damaged(inner) for inner in value)


def _number(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)
