"""Values of JSON documents as text, numbers and flags; what is not there is empty."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

_LONGEST_NAME = 200
_YES, _NO = ("true", "success", "succeeded", "pass", "passed"), ("false", "failure", "failed", "fail")


def text_of(value: object) -> str:
    """Return a value as text that can be stored: text itself, other values as JSON, ``None`` as ""."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        return text.encode("utf-8", "replace").decode()
    return text


def named(document: object, *names: str) -> str:
    """Return the first of these names that is there, short enough for one; else a digest of the document."""
    given = next((text_of(value) for value in names_in(document, names) if text_of(value)), "")
    if given and len(given) <= _LONGEST_NAME:
        return given
    return content_id(given or text_of(document))


def content_id(*parts: str) -> str:
    """Return 32 hexadecimal digits that stand for these texts, the same on every machine."""
    said = json.dumps(parts).encode()
    return hashlib.blake2b(said, digest_size=16).hexdigest()


def names_in(document: object, names: tuple[str, ...]) -> list[object]:
    """Return the values under these keys, of a mapping that has them."""
    return [document[name] for name in names if name in document] if isinstance(document, Mapping) else []


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return a mapping; text is read as JSON; anything else is empty."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def flag_of(value: object) -> bool | None:
    """Return what a value says of an outcome: true or false, or the usual words for them; else ``None``."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _YES else False if word in _NO else None
    return None


def number_of(value: object) -> float | None:
    """Return a finite number; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def seconds_of(value: object) -> float | None:
    """Return seconds since the epoch from a number of them or an ISO 8601 time; ``None`` for anything else."""
    if isinstance(value, str) and value:
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    return number_of(value)
