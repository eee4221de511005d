"""A column writes its numbers in one way: values that write theirs in another.

A plain number among plain numbers, one unit in one spelling. Different units side by side may be meant; a rarer
spelling of a unit, or a unit among plain numbers, never is.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import category

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.quantity import Quantity, quantities, quantity
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "notation"

Notation = tuple[str, str]
PLAIN: Notation = ("", "")

Unit = str
"""What all spellings of a unit have in common."""
PLAIN_UNIT: Unit = ""

_NUMBERS = 0.8
"""Share of values that are numbers, from which a column is one of numbers."""

_LEAD = 2
"""A convention has this many times the rows of any other unit."""

_RARE = 0.05
"""Share of rows up to which another unit is an oddity; above, the column has several units."""


@dataclass(frozen=True)
class NumberNotation:
    """How a column of numbers writes them.

    Attributes:
        convention: the unit that it has; ``None`` where several are meant and none leads.
        others: units beside it that are meant: those of many rows.
        examples: the most frequent value in the commonest spelling, by unit.
        usual: notations in as many rows as the commonest one of their unit.
        scale: what a number in a wrong unit is multiplied by to be in the convention's.
        grouped: whether thousands stand in groups; ``None`` when it can't be said.
    """

    convention: Unit | None
    others: frozenset[Unit]
    examples: Mapping[Unit, Quantity]
    usual: frozenset[Notation]
    scale: Mapping[Unit, float]
    grouped: bool | None

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a number in another notation, or against what isn't a number."""
        read = quantity(value)
        if read is None:
            if self.convention is None:
                return None
            return Suspicion(SIGNAL, "isn't a number, unlike the other values", 0.8)
        its_unit = unit(read.notation)
        if self.convention not in (None, its_unit) and its_unit not in self.others:
            return self._of_another_unit(read)
        if its_unit in self.examples and read.notation not in self.usual:
            suggestion = _like(self.examples[its_unit], read.digits, read.bound)
            return Suspicion(SIGNAL, f"its unit is mostly written as in {suggestion}", 0.85, suggestion)
        if self.grouped is not None and read.number >= 1000 and read.grouped != self.grouped:
            digits = f"{int(read.number):,}" if self.grouped else read.plain
            return Suspicion(
                SIGNAL, "thousands grouped unlike the other values'", 0.75, value.replace(read.digits, digits)
            )
        return None

    def _of_another_unit(self, read: Quantity) -> Suspicion:
        """Return a suspicion that suggests to put the column's unit to a plain number, or to leave one out.

        It never swaps two units, for then the number would be another one too.
        """
        example = self.examples[self.convention or PLAIN_UNIT]
        with_unit = example if read.notation == PLAIN else read
        if PLAIN not in (read.notation, example.notation) or not _is_decoration(with_unit):
            return Suspicion(SIGNAL, f"a number written unlike {_like(example, example.digits)}", 0.9)
        scale = self.scale.get(unit(read.notation), 1.0)
        suggestion = _like(example, read.plain if scale == 1.0 else f"{read.number * scale:.12g}", read.bound)
        return Suspicion(SIGNAL, f"a number written unlike {suggestion}", 0.9, suggestion)


def learn(column: Column) -> NumberNotation | None:
    """Return how the column writes numbers; ``None`` when it isn't one of numbers."""
    numbers = quantities(column.present)
    rows = sum(column.present[value] for value in numbers)
    if not numbers or column.share(rows) < _NUMBERS:
        return None
    notations = ranked((read.notation, column.present[value]) for value, read in numbers.items())
    commonest: dict[Unit, Notation] = {}
    for notation in notations:
        commonest.setdefault(unit(notation), notation)
    usual = frozenset(each for each in notations if notations[each] == notations[commonest[unit(each)]])
    first_read: dict[Notation, Quantity] = {}
    for read in numbers.values():
        first_read.setdefault(read.notation, read)
    examples = {of: first_read[notation] for of, notation in commonest.items()}
    units = ranked((unit(notation), count) for notation, count in notations.items())
    first, *others = units
    if others and (units[first] < _LEAD * units[others[0]] or units[first] * 2 < rows):
        return NumberNotation(None, frozenset(), examples, usual, {}, None)
    meant = frozenset(each for each in others if PLAIN_UNIT not in (first, each) and units[each] > _RARE * rows)
    if first == PLAIN_UNIT and _many_suffixes(units, rows):
        meant = frozenset(others)
    scale = {each: _scale(numbers, first, each) for each in others}
    return NumberNotation(first, meant, examples, usual, scale, _grouping(column, numbers))


def _many_suffixes(units: Mapping[Unit, int], rows: int) -> bool:
    """Return whether what stands behind plain numbers are letters of codes, as in ``14A`` and ``14B``, and no unit."""
    behind = [count for each, count in units.items() if each != PLAIN_UNIT]
    return sum(behind) > _RARE * rows and 2 * max(behind) < sum(behind)


def unit(notation: Notation) -> Unit:
    """Return what spellings of a unit have in common: all but spaces, stops and capitals.

    Capitals count in a letter alone, a code as in ``14A`` or a unit that case tells apart, and in a first ``M``: mega
    isn't milli.
    """
    marks = "".join(char for char in "".join(notation) if not char.isspace() and char != ".")
    if len(marks) == 1:
        return marks
    return f"M{marks[1:].casefold()}" if marks.startswith("M") else marks.casefold()


def _is_decoration(read: Quantity) -> bool:
    """Return whether the number alone says the same: yes without a unit, no without a code's letters."""
    if not read.gap and read.suffix.isalpha() and (len(read.suffix) == 1 or read.suffix.isupper()):
        return False
    return all(char.isalpha() or char in " .%°" or category(char) == "Sc" for char in read.prefix + read.suffix)


def _like(example: Quantity, digits: str, bound: str = "") -> str:
    """Return the digits written like the example."""
    before = " " if example.prefix[-1:].isalpha() else ""
    return f"{bound}{example.prefix}{before}{digits}{example.gap}{example.suffix}"


def _scale(numbers: Mapping[str, Quantity], first: Unit, other: Unit) -> float:
    """Return 0.01 for percents a hundred times the column's plain numbers, else 1: the unit is decoration only."""
    if "%" not in other or first != PLAIN_UNIT:
        return 1.0
    typical = statistics.median(abs(read.number) for read in numbers.values() if unit(read.notation) == first)
    odd = statistics.median(abs(read.number) for read in numbers.values() if unit(read.notation) == other)
    return 0.01 if typical and 30 < odd / typical < 300 else 1.0


def _grouping(column: Column, numbers: Mapping[str, Quantity]) -> bool | None:
    large = {value: read for value, read in numbers.items() if abs(read.number) >= 1000}
    grouped = sum(column.present[value] for value, read in large.items() if read.grouped)
    plain = sum(column.present[value] for value in large) - grouped
    if max(grouped, plain) < 3 or max(grouped, plain) < _LEAD * min(grouped, plain):
        return None
    return grouped > plain
