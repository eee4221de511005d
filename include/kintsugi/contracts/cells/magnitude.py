"""Numbers that lie far from all others of their column."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kintsugi.contracts.cells.column import Column
from kintsugi.contracts.cells.quantity import quantities, quantity
from kintsugi.contracts.cells.wrong_cell import Suspicion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNAL = "magnitude"

_NUMBERS = 0.8
_ROWS = 30
_SPREADS = 5.0
"""Widths of the middle 98 % by which a number lies outside of it, on the scale on which the column is narrower."""

_RARE = 0.01
"""Share of rows that may lie outside; with more, the column is simply wide."""


@dataclass(frozen=True)
class Range:
    """Where the numbers of a column may lie."""

    low: float
    high: float

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a number outside of the range."""
        read = quantity(value)
        if read is None or self.low <= read.number <= self.high:
            return None
        return Suspicion(SIGNAL, f"lies far outside of {self.low:g} to {self.high:g}", 0.7)


def learn(column: Column) -> Range | None:
    """Return the range of a column of numbers; ``None`` when it isn't one, or has no range that nearly all are in.

    The range reaches over the middle 98 % by some of its widths; for positive numbers on a logarithmic scale when that
    reaches further, so that a long tail stays inside.
    """
    import numpy as np

    numbers = quantities(column.present)
    rows = np.array([column.present[value] for value in numbers])
    if column.filled < _ROWS or rows.sum() < _NUMBERS * column.filled:
        return None
    values = np.repeat([read.number for read in numbers.values()], rows)
    low, high = _bounds(values)
    if values.min() > 0:
        by_scale = np.exp(_bounds(np.log(values)))
        high = max(high, by_scale[1])
        low = min(low, by_scale[0])
    outside = int(((values < low) | (values > high)).sum())
    return Range(float(low), float(high)) if outside <= _RARE * len(values) and low < high else None


def _bounds(values: "NDArray[np.float64]") -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(values, [0.01, 0.99])
    return low - _SPREADS * (high - low), high + _SPREADS * (high - low)
