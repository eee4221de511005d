"""A column that is unique but for very few values is a key: values that come twice."""

from dataclasses import dataclass

from kintsugi.contracts.cells.column import Column
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "key"

_ROWS = 50
_REPEATED = 0.001
"""Share of rows that may repeat a value of a key, and two of them in any case: more come together by chance."""


@dataclass(frozen=True)
class Key:
    """A column that identifies its rows."""

    repeated: frozenset[str]

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a value that more than one row has: one of them is wrong."""
        if value not in self.repeated:
            return None
        return Suspicion(SIGNAL, "comes twice in a column that identifies its rows", 0.5)


def learn(column: Column) -> Key | None:
    """Return the column as a key; ``None`` when it isn't one: texts with spaces are names, which may be alike."""
    repeated = frozenset(value for value, rows in column.present.items() if rows > 1)
    rows = sum(column.present[value] for value in repeated)
    if column.filled < _ROWS or column.absent or rows > max(2, _REPEATED * column.filled):
        return None
    if sum(" " in value for value in column.present) > 0.1 * len(column.present):
        return None
    return Key(repeated)
