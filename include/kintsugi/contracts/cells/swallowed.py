"""A cell that has swallowed its neighbour's value: ``Portland OR`` as the city of a row whose state is empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells.column import Column
from kintsugi.contracts.cells.wrong_cell import Suspicion

if TYPE_CHECKING:
    from kintsugi.contracts.cells.absence import Absence

SIGNAL = "swallowed"

_RARE = 0.2
"""Share of rows up to which it is an error; above, the column is made of both."""

_REPETITION = 3.0
"""Rows for each distinct value, from which a column's values are a vocabulary that others can be searched for."""

_ROWS = 3
"""Rows in which it has to happen: a single one may be a name that ends like that."""


@dataclass(frozen=True)
class Swallowing:
    """That values of ``eater`` sometimes end with one of the vocabulary of ``eaten``, whose own cell is then empty."""

    eater: str
    eaten: str
    vocabulary: frozenset[str]

    def split(self, value: str) -> tuple[str, str] | None:
        """Return what belongs to each of the two columns; ``None`` when nothing was swallowed."""
        head, _, tail = value.rpartition(" ")
        head = head.rstrip(" ,;/-")
        return (head, tail) if head and tail in self.vocabulary else None

    def suspicions(self, value: str) -> tuple[Suspicion, Suspicion] | None:
        """Return what is held against the cell that swallowed and against the one that is empty for it."""
        parts = self.split(value)
        if parts is None:
            return None
        return (
            Suspicion(SIGNAL, f"holds the value of {self.eaten} as well", 0.9, parts[0]),
            Suspicion(SIGNAL, f"is empty because {self.eater} holds its value", 0.9, parts[1]),
        )


def learn(columns: Mapping[str, Column], texts: Mapping[str, Any], absence: "Absence") -> list[Swallowing]:
    """Return which column swallows which: at least `_ROWS` times, and mostly where the other is empty."""
    found = []
    for eater, eaten in permutations(columns, 2):
        if columns[eaten].absent and columns[eaten].repetition >= _REPETITION:
            candidate = Swallowing(eater, eaten, frozenset(columns[eaten].present))
            if _happens(candidate, columns[eater], texts, absence):
                found.append(candidate)
    return found


def _happens(candidate: Swallowing, column: Column, texts: Mapping[str, Any], absence: "Absence") -> bool:
    swallowing = {value for value in column.present if candidate.split(value)}
    rows = sum(column.present[value] for value in swallowing)
    if not _ROWS <= rows <= _RARE * column.filled:
        return False
    beside = texts[candidate.eaten][texts[candidate.eater].isin(swallowing)]
    empty = sum(absence.is_absent(candidate.eaten, value) for value in beside)
    return bool(empty * 2 > rows)
