"""Values of records as BSON values and back, without loss.

BSON can't hold every value of a record: a key with ``$`` or a dot means something else to the server, an integer has 64
bits, and a document nests 100 levels deep. What it can't hold is written in another way, under a ``%`` that no key of a
record begins with once it is escaped.
"""

import json
import math
import re
from typing import Any

from pydantic_core import to_jsonable_python

DEEPEST = 80
"""Containers below this level are kept as JSON text; the server allows 100 levels, and a command needs a few."""

_ESCAPES = str.maketrans({"%": "%25", ".": "%2E", "\0": "%00"})
_ESCAPED = re.compile("%(25|2E|00|24)")
_EMPTY_KEY = "%"
_LARGE = "%int"
_DEEP = "%json"


class UnfaithfulError(ValueError):
    """A value that would not come back as it is.

    Args:
        check: names what refuses it.
        expected: what would have been fine.
    """

    def __init__(self, check: str, expected: str, got: str) -> None:
        super().__init__(f"{check}: expected {expected}, got {got}")
        self.check = check
        self.expected = expected
        self.got = got


def stored(value: Any, level: int = 1) -> Any:
    """Return what is written for a value that stands ``level`` levels deep.

    A value that JSON has no type for (a date, an enumeration) becomes what pydantic's JSON makes of it, as in every
    engine; ``bytes`` stay bytes.

    Raises:
        UnfaithfulError: it holds a number that isn't finite, or something that has no form in JSON.
    """
    if value is None or isinstance(value, str | bytes | bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else {_LARGE: format(value, "x")}
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnfaithfulError("finite", "finite numbers", str(value))
        return value
    if isinstance(value, dict | list | tuple) and level >= DEEPEST:
        return {_DEEP: _as_json(value)}
    if isinstance(value, dict):
        return {escaped(key): stored(inner, level + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [stored(inner, level + 1) for inner in value]
    return stored(_jsonable(value), level)


def restored(value: Any) -> Any:
    """Return the value that `stored` wrote."""
    if isinstance(value, dict):
        if len(value) == 1:
            if _LARGE in value:
                return int(value[_LARGE], 16)
            if _DEEP in value:
                return json.loads(value[_DEEP])
        return {unescaped(key): restored(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [restored(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)  # not bson's own kind of integer
    return value


def escaped(key: object) -> str:
    """Return a key as MongoDB takes it: neither empty nor with ``$`` in front, and without dots."""
    name = key if isinstance(key, str) else str(next(iter(_jsonable({key: None}))))
    if not name:
        return _EMPTY_KEY
    name = name.translate(_ESCAPES)
    return f"%24{name[1:]}" if name[0] == "$" else name


def unescaped(name: str) -> str:
    """Return the key that `escaped` wrote."""
    if "%" not in name:
        return name
    return "" if name == _EMPTY_KEY else _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)
    except UnfaithfulError:
        raise
    except ValueError as error:
        raise UnfaithfulError("finite", "finite numbers", str(error)) from error


def _jsonable(value: Any) -> Any:
    try:
        return to_jsonable_python(value, inf_nan_mode="constants")
    except ValueError as error:
        check, expected = (
            ("depth", f"at most {DEEPEST + 255} levels") if "depth" in str(error) else ("type", "JSON types")
        )
        raise UnfaithfulError(check, expected, str(error)) from error
