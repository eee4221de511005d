"""Filters and names as SQL. Every value is a bound parameter; every name is checked against the record's class."""

import json
from collections.abc import Collection
from typing import Any

from kintsugi.errors import ConfigurationError
from kintsugi.records import Record
from kintsugi.stores.where import AtLeast, Below, OneOf, Where

OWN_COLUMNS = ("id", "version")


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def column(kind: type[Record], field: str) -> str:
    """Return the column that holds a field.

    Raises:
        ConfigurationError: the class doesn't declare the field as indexed.
    """
    known = (*OWN_COLUMNS, *kind.indexed)
    if field not in known:
        raise ConfigurationError(
            f"filter on {kind.__name__}.{field}",
            expected="one of the indexed fields " + ", ".join(known),
            got=field,
            next_step=f"add {field!r} to {kind.__name__}.indexed, or filter in Python",
        )
    return quoted(field)


def is_flag(kind: type[Record], field: str) -> bool:
    """Return whether a field is a boolean."""
    return field in kind.model_fields and kind.model_fields[field].annotation is bool


def conditions(kind: type[Record], where: Where | None, *, plain: Collection[str] = ()) -> tuple[list[str], list[Any]]:
    """Return SQL conditions (to be joined by *and*) and their parameters.

    The query planner is kept from choosing an index for the fields in ``plain`` (a ``+`` before a name does that).
    """
    parts: list[str] = []
    values: list[Any] = []
    for field, wanted in (where or {}).items():
        name = ("+" if field in plain else "") + column(kind, field)
        if wanted is None:
            parts.append(f"{name} IS NULL")
        elif isinstance(wanted, AtLeast | Below):
            parts.append(f"{name} {'>=' if isinstance(wanted, AtLeast) else '<'} ?")
            values.append(wanted.value)
        elif isinstance(wanted, OneOf):
            member = f"{name} IN (SELECT value FROM json_each(?))"
            parts.append(f"({member} OR {name} IS NULL)" if None in wanted.values else member)
            values.append(json.dumps([value for value in wanted.values if _may_be_stored(value)]))
        else:
            parts.append(f"{name} = ?")
            values.append(wanted)
    return parts, values


def flags(kind: type[Record], where: Where | None) -> set[str]:
    """Return the filtered fields that are booleans."""
    return {field for field in where or {} if is_flag(kind, field)}


def compares(where: Where | None) -> bool:
    """Return whether the filter does more than test for equality: an index can't yield its rows in id order then."""
    return any(isinstance(wanted, AtLeast | Below | OneOf) for wanted in (where or {}).values())


def _may_be_stored(value: Any) -> bool:
    """Return false for what no filtered field holds; SQLite's JSON functions would cut a text at its NUL."""
    return value is not None and not (isinstance(value, str) and "\0" in value)
