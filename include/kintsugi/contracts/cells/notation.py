"""A column writes its numbers in one way: values that write theirs in another, and columns that have no way at all.

A plain number among plain numbers, one unit in one spelling. Different units side by side may be meant; one unit in
several spellings, or a unit among plain numbers, never is.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.quantity import Quantity, quantities, quantity
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "notation"

Notation = tuple[str, str]
PLAIN: Notation = ("", "")

_NUMBERS = 0.8
"""Share of values that are numbers, from which a column is one of numbers."""

_LEAD = 2
"""A convention has this many times the rows of any other notation."""

_RARE = 0.05
"""Share of rows up to which another unit is an oddity; above, the column has several units."""

_SPELLINGS = 0.05
"""Share of rows from which a spelling of a unit is in use."""


@dataclass(frozen=True)
class NumberNotation:
    """How a column of numbers writes them.

    Attributes:
        convention: prefix and suffix that it writes; ``None``: one unit in several spellings, so none.
        others: notations beside it that are meant: other units in many rows.
        scale: what a number in a wrong notation is multiplied by to be in the convention's.
        grouped: whether thousands stand in groups; ``None`` when it can't be said.
    """

    convention: Notation | None
    others: frozenset[Notation]
    scale: Mapping[Notation, float]
    grouped: bool | None

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a number in another notation, or against what isn't a number."""
        read = quantity(value)
        if read is None:
            return Suspicion(SIGNAL, "isn't a number, unlike the other values", 0.8)
        if self.convention is None:
            if read.notation == PLAIN:
                return None
            return Suspicion(
                SIGNAL, "a number with its unit, which the column spells in several ways", 0.85, read.shortest
            )
        if read.notation != self.convention and read.notation not in self.others:
            return Suspicion(SIGNAL, f"a number written unlike {self._example(read)}", 0.9, self._example(read))
        if self.grouped is not None and read.number >= 1000 and read.grouped != self.grouped:
            digits = f"{int(read.number):,}" if self.grouped else read.plain
            return Suspicion(
                SIGNAL, "thousands grouped unlike the other values'", 0.75, value.replace(read.digits, digits)
            )
        return None

    def _example(self, read: Quantity) -> str:
        prefix, suffix = self.convention or PLAIN
        digits = read.plain
        scale = self.scale.get(read.notation, 1.0)
        if scale != 1.0:
            digits = f"{read.number * scale:.12g}"
        return f"{prefix}{digits}{_gap(suffix)}{suffix}"


def learn(column: Column) -> NumberNotation | None:
    """Return how the column writes numbers; ``None`` when it isn't one of numbers, or several units are meant."""
    numbers = quantities(column.present)
    rows = sum(column.present[value] for value in numbers)
    if not numbers or column.share(rows) < _NUMBERS:
        return None
    notations = ranked((read.notation, column.present[value]) for value, read in numbers.items())
    order = list(notations)
    grouped = _grouping(column, numbers)
    if len(order) == 1:
        return NumberNotation(order[0], frozenset(), {}, grouped)
    first, second = order[0], order[1]
    if notations[first] < _LEAD * notations[second] or notations[first] * 2 < rows:
        return NumberNotation(None, frozenset(), {}, grouped) if _one_unit_many_spellings(notations, rows) else None
    meant = frozenset(
        other
        for other in order[1:]
        if PLAIN not in (first, other) and _folded(other) != _folded(first) and notations[other] > _RARE * rows
    )
    if first == PLAIN and _many_suffixes(notations, rows):
        meant = frozenset(order)
    return NumberNotation(first, meant, {other: _scale(numbers, first, other) for other in order[1:]}, grouped)


def _one_unit_many_spellings(notations: Mapping[Notation, int], rows: int) -> bool:
    in_use: dict[str, list[Notation]] = {}
    for notation, count in notations.items():
        if notation != PLAIN and count >= _SPELLINGS * rows:
            in_use.setdefault(_folded(notation), []).append(notation)
    same = [notation for spellings in in_use.values() if len(spellings) > 1 for notation in spellings]
    return sum(notations[notation] for notation in same) * 2 > rows


def _many_suffixes(notations: Mapping[Notation, int], rows: int) -> bool:
    """Return whether what stands behind plain numbers are letters of codes, as in ``14A`` and ``14B``, and no unit."""
    behind = [count for notation, count in notations.items() if notation != PLAIN]
    return sum(behind) > _RARE * rows and 2 * max(behind) < sum(behind)


def _folded(notation: Notation) -> str:
    return "".join(char for char in "".join(notation).casefold() if char.isalnum())


def _scale(numbers: Mapping[str, Quantity], first: Notation, other: Notation) -> float:
    """Return 0.01 for percents a hundred times the column's plain numbers, else 1: the unit is decoration only."""
    if "%" not in "".join(other) or first != PLAIN:
        return 1.0
    typical = statistics.median(abs(read.number) for read in numbers.values() if read.notation == first)
    odd = statistics.median(abs(read.number) for read in numbers.values() if read.notation == other)
    return 0.01 if typical and 30 < odd / typical < 300 else 1.0


def _grouping(column: Column, numbers: Mapping[str, Quantity]) -> bool | None:
    large = {value: read for value, read in numbers.items() if abs(read.number) >= 1000}
    grouped = sum(column.present[value] for value, read in large.items() if read.grouped)
    plain = sum(column.present[value] for value in large) - grouped
    if max(grouped, plain) < 3 or max(grouped, plain) < _LEAD * min(grouped, plain):
        return None
    return grouped > plain


def _gap(suffix: str) -> str:
    return " " if suffix[:1].isalpha() else ""
