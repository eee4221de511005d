"""Filters and names as MongoDB's query documents. Every value stands behind an operator, so none is taken for one."""

from collections.abc import Mapping
from typing import Any

from kintsugi.errors import ConfigurationError
from kintsugi.records import Record
from kintsugi.stores.where import AtLeast, Below, OneOf, Where

Query = dict[str, Any]


def path(kind: type[Record], field: str) -> str:
    """Return the path of a field that may be filtered on.

    Raises:
        ConfigurationError: the class doesn't declare the field as indexed.
    """
    known = ("id", "version", *kind.indexed)
    if field not in known:
        raise ConfigurationError(
            f"filter on {kind.__name__}.{field}",
            expected="one of the indexed fields " + ", ".join(known),
            got=field,
            next_step=f"add {field!r} to {kind.__name__}.indexed, or filter in Python",
        )
    return "_id" if field == "id" else field


def is_flag(kind: type[Record], field: str) -> bool:
    """Return whether a field is a boolean."""
    return field in kind.model_fields and kind.model_fields[field].annotation is bool


def query(kind: type[Record], where: Where | None, *, after: str | None = None) -> Query:
    """Return the query document of a filter, and of ids above ``after``."""
    conditions: list[Mapping[str, Any]] = []
    for field, wanted in (where or {}).items():
        conditions.append({path(kind, field): _condition(is_flag(kind, field), wanted)})
    if after is not None:
        conditions.append({"_id": {"$gt": after}})
    return {"$and": conditions} if conditions else {}


def compares(where: Where | None) -> bool:
    """Return whether the filter does more than test for equality.

    An index can't yield its records in id order then, and a record may move in it while it is read.
    """
    return any(isinstance(wanted, AtLeast | Below | OneOf) for wanted in (where or {}).values())


def _condition(flag: bool, wanted: Any) -> Query:
    if isinstance(wanted, AtLeast):
        return {"$gte": _comparable(flag, wanted.value)}
    if isinstance(wanted, Below):
        return {"$lt": _comparable(flag, wanted.value)}
    if isinstance(wanted, OneOf):
        return {"$in": [_comparable(flag, value) for value in wanted.values]}
    return {"$eq": _comparable(flag, wanted)}


def _comparable(flag: bool, value: Any) -> Any:
    """Return a number as the field holds it: a flag is no number to MongoDB, and integers have 64 bits."""
    if flag and value in (0, 1):
        return bool(value)
    if isinstance(value, bool) and not flag:
        return int(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return value
