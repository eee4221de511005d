"""A column of codes has few shapes: values whose shape nearly no other value has.

A shape is a value with each letter and digit replaced by its class. Of three levels of detail the finest one is used at
which a few shapes cover nearly the whole column; a column of free text has no such level, and no shape is rare in it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.quantity import quantities
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "shape"

_COVERED = 0.95
"""Share of rows that the usual shapes cover."""

_USUAL = 0.02
"""Share of rows from which a shape is usual."""

_ROWS = 20
"""Rows below which nothing is said of shapes."""


def exact(value: str) -> str:
    """Return each letter as ``a`` and each digit as ``9``."""
    return "".join("9" if char.isdigit() else "a" if char.isalpha() else char for char in value)


def runs(value: str) -> str:
    """Return each run of letters as ``a`` and each run of digits as ``9``."""
    return re.sub(r"(a|9)\1+", r"\1", exact(value))


def phrases(value: str) -> str:
    """Return words in a row as one ``a``, each run of digits as ``9``: how many words doesn't matter."""
    return re.sub(r"a(?:[ '&-]+a)*", "a", runs(value))


@dataclass(frozen=True)
class UsualShapes:
    """The shapes that cover a column, at one level of detail.

    Attributes:
        level: makes the shape of a value.
        usual: the shapes that cover the column.
        coarse: the same without lengths.
        covered: share of rows that they cover.
        example: a value of the most usual shape.
        common: values that come too often for a slip; only a code of other characters is still one.
    """

    level: Callable[[str], str]
    usual: frozenset[str]
    coarse: frozenset[str]
    covered: float
    example: str
    common: frozenset[str]

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a value of another shape, the stronger the fewer there are."""
        if self.level(value) in self.usual:
            return None
        if value in self.common and (self.level is not exact or runs(value) in self.coarse):
            return None
        confidence = 0.55 + 0.4 * (self.covered - _COVERED) / (1 - _COVERED)
        return Suspicion(SIGNAL, f"has another shape than the other values, such as {self.example!r}", confidence)


def learn(column: Column) -> UsualShapes | None:
    """Return the column's usual shapes at the finest level at which there are such; ``None`` when it has none.

    Numbers have a shape only as codes: whole ones of the same length that come back. The shapes of others say no more
    than how large they are.
    """
    if column.filled < _ROWS:
        return None
    numeric = len(quantities(column.present)) >= 0.8 * len(column.present)
    if numeric and column.repetition < 2:
        return None
    levels = (exact, runs, phrases) if column.repetition >= 2 else (exact, runs)
    for level in (exact,) if numeric else levels:
        shapes = ranked((level(value), rows) for value, rows in column.present.items())
        usual = [shape for shape, rows in shapes.items() if rows >= max(3, _USUAL * column.filled)]
        covered = column.share(sum(shapes[shape] for shape in usual))
        if covered >= _COVERED and _is_code(level, usual, column, numeric=numeric):
            example = next(value for value in column.present if level(value) == usual[0])
            coarse = frozenset(runs(value) for value in column.present if level(value) in usual)
            common = frozenset(value for value, rows in column.present.items() if rows > max(1, column.repetition / 4))
            return UsualShapes(level, frozenset(usual), coarse, covered, example, common)
    return None


def _is_code(level: Callable[[str], str], usual: list[str], column: Column, *, numeric: bool) -> bool:
    """Return whether the level is one for this column: neither the length of words nor their number says anything.

    Each character's place matters in numbers of one length from four, and in values of few lengths that have digits or
    are all in capitals, unless their digits count without zeros in front; runs matter between digits or marks.
    """
    if level is phrases:
        return True
    if level is runs:
        return all(set(shape) - {"a", " "} for shape in usual)
    if numeric:
        return len(usual) == 1 and len(usual[0]) >= 4 and set(usual[0]) == {"9"}
    capitals = sum(rows for value, rows in column.present.items() if value.isupper()) >= _COVERED * column.filled
    return len(usual) <= 3 and (capitals or all("9" in shape for shape in usual)) and not _counted(usual, column)


def _counted(usual: list[str], column: Column) -> bool:
    """Return whether digits are numbers as long as they happen to be, as in ``x7`` and ``x12``; not so ``x07``."""
    lengths_differ = len({re.sub("9+", "9", shape) for shape in usual}) < len(usual)
    return lengths_differ and not any(re.search(r"(?<!\d)0\d", value) for value in column.present)
