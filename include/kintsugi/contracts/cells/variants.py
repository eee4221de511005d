"""One value in several writings: other capitals, spaces or marks than the writing that most rows have.

Values with the same letters, digits and marks that mean something are one value (fingerprint clustering, as in
OpenRefine).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.notation import unit
from kintsugi.contracts.cells.quantity import quantity
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "variants"

_MEANT = frozenset("<>≤≥~$€£¥%")
"""Marks that say something: with another one it is another value."""

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")

_LEAD = 3
"""How many times the rows of another writing the usual one has."""

_PADDED = 0.05
"""Share of rows up to which spaces around a value are a slip."""

_ALIKE = 0.95
_ROWS = 20
"""Share and number of rows in small letters, or in capitals, from which the column is."""


@dataclass(frozen=True)
class Writings:
    """How a column writes its values.

    Attributes:
        usual: the usual writing of each value, by its fingerprint.
        counts: rows by value.
        padding: whether spaces around values are usual.
        case: what makes the letters of nearly all values, `str.lower` or `str.upper`; ``None`` when there is no rule.
    """

    usual: Mapping[str, str]
    counts: Mapping[str, int]
    padding: bool
    case: Callable[[str], str] | None

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a value that is usually written otherwise, or that has spaces around it."""
        usual = self.usual.get(fingerprint(value), value)
        if usual != value and self.counts[usual] >= _LEAD * max(1, self.counts.get(value, 0)):
            return Suspicion(SIGNAL, f"is usually written {usual!r}", 0.8, usual)
        if not self.padding and value != value.strip():
            return Suspicion(SIGNAL, "has spaces around it", 0.85, value.strip())
        if self.case is not None and self.case(value) != value:
            return Suspicion(SIGNAL, "has other capitals than the other values", 0.7, self.case(value))
        return None


def learn(column: Column) -> Writings:
    """Return the usual writings of the column's values."""
    writings: dict[str, str] = {}
    for value in ranked(column.present.items()):
        if fingerprint(value):
            writings.setdefault(fingerprint(value), value)
    padded = sum(rows for value, rows in column.present.items() if value != value.strip())
    return Writings(writings, column.present, column.share(padded) > _PADDED, _case(column))


def _case(column: Column) -> Callable[[str], str] | None:
    lettered = {value: rows for value, rows in column.present.items() if value.lower() != value.upper()}
    for case in (str.lower, str.upper):
        alike = sum(rows for value, rows in lettered.items() if case(value) == value)
        if lettered and alike >= max(_ROWS, _ALIKE * sum(lettered.values())):
            return case
    return None


def fingerprint(value: str) -> str:
    """Return what all writings of a value share: a number as such, else letters, digits and what is meant, in order."""
    if _DECIMAL.fullmatch(value.strip()):
        return repr(float(value))
    kept = _MEANT if value[:1].isalpha() else _MEANT | set(".-+")
    folded = value.casefold()
    read = quantity(value)
    if read is not None:
        kept |= set("()")  # in accounts a number in brackets is a negative one
        folded = f"{read.bound}{read.number!r}{unit(read.notation)}"
    return "".join(char for char in folded if char.isalnum() or char in kept)
