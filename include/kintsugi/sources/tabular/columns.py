"""Columns: their types in plain words, and their agreed names."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from kintsugi.errors import DriftError
from kintsugi.records import Column
from kintsugi.sources.tabular.values import Row

UNKNOWN = "unknown"


def type_of_value(value: Any) -> str:
    """Return the plain type of one value; "unknown" for nothing."""
    if value is None:
        return UNKNOWN
    for kinds, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float | Decimal, "number"),
        (datetime | date | time, "time"),
        (bytes | bytearray | memoryview, "bytes"),
        (dict | list, "json"),
    ):
        if isinstance(value, kinds):
            return name
    return "text"


def types_of_rows(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns with the types that their values agree on: integers and numbers on number, others on text."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for row in rows:
        for name, kinds in found.items():
            kinds.add(type_of_value(row.get(name)))
    return tuple(Column(name=name, type=_agreed(kinds - {UNKNOWN})) for name, kinds in found.items())


class Names:
    """The agreed names of columns, and the present ones behind them."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._agreed = dict(mapping)
        self._present = {agreed: present for present, agreed in mapping.items()}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Present and agreed names where they differ, sorted."""
        return sorted(self._agreed.items())

    def agreed(self, present: str) -> str:
        """Return the name that documents use."""
        return self._agreed.get(present, present)

    def present(self, agreed: str) -> str:
        """Return the name that the source uses."""
        return self._present.get(agreed, agreed)

    def renamed(self, row: Mapping[str, Any]) -> Row:
        """Return the row under the agreed names."""
        return {self._agreed.get(name, name): value for name, value in row.items()}

    def require(self, what: str, wanted: frozenset[str], have: Iterable[str]) -> None:
        """Return when the present columns, renamed, are all different and include the wanted ones.

        Raises:
            DriftError: they do not.
        """
        names = [self.agreed(name) for name in have]
        missing = sorted(wanted - set(names))
        twice = sorted({name for name in names if names.count(name) > 1})
        if missing or twice:
            raise DriftError(
                f"{what}: " + (f"no column {', '.join(missing)}" if missing else f"two columns {', '.join(twice)}"),
                expected="the columns that key, watermark and templates name, each once",
                got=", ".join(names) or "no columns",
                next_step="agree on a renaming, or correct the source's entry; the partition is held until then",
            )


def _agreed(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if not kinds:
        return UNKNOWN
    return "number" if kinds == {"integer", "number"} else "text"
