"""What a table writes where it has no value, and values that only disguise that there is none.

A table has one sign for *nothing*. Another sign is a disguised missing value (Qahtan et al. 2018, FAHES): it passes for
a value in counts, joins and averages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kintsugi.contracts.cells.column import Column, Counts, ranked
from kintsugi.contracts.cells.quantity import quantities
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "absence"

_SIGNS = frozenset({"n/a", "#n/a", "nan", "null", "<null>", "(null)", "\\n", "<na>", "nat", "?", "-", "--", "---", "."})
_WORDS = frozenset({"na", "none", "nil", "missing", "empty", "unknown", "not available", "not applicable", "undefined"})
"""Words are values in some columns ("none" as a discount): they count where the other values are numbers."""

_OWN = 0.05
"""Share of a column's rows from which a word is how that column writes that there is no value."""

_NUMBERS = 0.8
"""Share of values that are numbers, from which a word among them isn't a value."""


@dataclass(frozen=True)
class Absence:
    """What stands for no value.

    Attributes:
        conventions: the table's own signs, the first one first.
        numeric: names of the columns whose values are numbers.
        own: the words of single columns, by name.
    """

    conventions: tuple[str, ...]
    numeric: frozenset[str]
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def is_absent(self, column: str, value: str) -> bool:
        """Return whether the value stands for none, by the table's convention or in disguise."""
        return value == "" or value in self.conventions or self._disguised(column, value)

    def judge(self, column: str, value: str) -> Suspicion | None:
        """Return a suspicion against a sign that isn't the table's own."""
        if value == "" or value in self.conventions or not self._disguised(column, value):
            return None
        if _folded(value) in self.own.get(column, frozenset()):
            return None
        sign = next(iter(self.conventions), "")
        confidence = 0.9 if column in self.numeric else 0.75
        reason = f"stands for no value, which this table writes as {repr(sign) if sign else 'an empty cell'}"
        return Suspicion(SIGNAL, reason, confidence, sign)

    def column(self, name: str, counts: Counts) -> Column:
        """Return the column with its values apart from what stands for none."""
        absent = {value: rows for value, rows in counts.items() if self.is_absent(name, value)}
        return Column(name, {value: rows for value, rows in counts.items() if value not in absent}, absent)

    def _disguised(self, column: str, value: str) -> bool:
        folded = _folded(value)
        return folded in _SIGNS or folded == "" or (folded in _WORDS and column in self.numeric)


def learn(table: Mapping[str, Counts]) -> Absence:
    """Return a table's conventions.

    An empty cell is one wherever it occurs. A sign or word is one when it is what two columns or more write most often
    for no value; a sign only in a table that leaves no cell empty by habit. In a single column it is an oddity, unless
    most rows of a column of words have it; a word, unless so many rows have it that it is the column's own.
    """
    numeric = frozenset(name for name, counts in table.items() if _is_numeric(counts))
    habits = [habit for counts in table.values() if (habit := _habit(counts)) is not None]
    often = ranked((habit, 1) for habit in habits)
    empty = [""] if any("" in counts for counts in table.values()) else []
    signs = [habit for habit, columns in often.items() if columns > 1 and (_folded(habit) in _WORDS or "" not in often)]
    usual = [_habit(counts) for name, counts in table.items() if name not in numeric and _is_mostly_absent(counts)]
    own = {name: words for name, counts in table.items() if (words := _own(counts))}
    return Absence(tuple(dict.fromkeys([*empty, *signs, *(habit for habit in usual if habit)])), numeric, own)


def _own(counts: Counts) -> frozenset[str]:
    """Return the words for no value that a column writes in more than a few of its rows."""
    words = ranked((_folded(value), rows) for value, rows in counts.items() if _folded(value) in _WORDS)
    return frozenset(word for word, rows in words.items() if rows > _OWN * sum(counts.values()))


def _is_mostly_absent(counts: Counts) -> bool:
    habit = _habit(counts)
    return habit is not None and 2 * counts[habit] > sum(counts.values())


def _habit(counts: Counts) -> str | None:
    """Return what a column writes most often for no value."""
    return next((value for value in counts if _folded(value) in _SIGNS | _WORDS | {""}), None)


def _folded(value: str) -> str:
    return value.strip().casefold()


def _is_numeric(counts: Counts) -> bool:
    values = {value: rows for value, rows in counts.items() if _folded(value) not in _SIGNS | _WORDS | {""}}
    numbers = quantities(values)
    filled = sum(values.values())
    return filled > 0 and sum(values[value] for value in numbers) >= _NUMBERS * filled
