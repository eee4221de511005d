"""A column as the signals see it: how often each value occurs, apart from what stands for no value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Key = TypeVar("Key", str, tuple[str, str])

Counts = Mapping[str, int]
"""How many rows have a value; most frequent first, ties by value."""


@dataclass(frozen=True)
class Column:
    """A column of the rows that were learned from.

    Attributes:
        name: its name.
        present: rows by value, without those that stand for no value.
        absent: rows by what stands for no value.
    """

    name: str
    present: Counts
    absent: Counts

    @cached_property
    def filled(self) -> int:
        """Rows that have a value."""
        return sum(self.present.values())

    @cached_property
    def repetition(self) -> float:
        """Rows for each distinct value; 1 for a key, 0 for a column without values."""
        return self.filled / len(self.present) if self.present else 0.0

    def share(self, rows: int) -> float:
        """Return rows as a share of those that have a value; 0 when none has."""
        return rows / self.filled if self.filled else 0.0


def texts(frame: "DataFrame") -> Iterator[tuple[str, "Series[str]"]]:
    """Yield name and values of each column as text; a null is ""."""
    for position, name in enumerate(frame.columns):
        yield str(name), frame.iloc[:, position].astype(object).where(frame.iloc[:, position].notna(), "").astype(str)


def counted(values: "Series[str]") -> Counts:
    """Return the values with how often each occurs, in the order that `Counts` promises."""
    return ranked((str(value), int(rows)) for value, rows in values.value_counts(sort=False).items())


def ranked(tally: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """Return the sum of each key's rows, most rows first, ties by key."""
    sums: dict[Key, int] = {}
    for key, rows in tally:
        sums[key] = sums.get(key, 0) + rows
    return dict(sorted(sums.items(), key=lambda each: (-each[1], each[0])))
