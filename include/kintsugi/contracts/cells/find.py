"""Finds the wrong cells of a table without labels: learns the table's own habits, then holds each cell against them."""

from typing import TYPE_CHECKING

from kintsugi.contracts.cells.learn import learn
from kintsugi.contracts.cells.wrong_cell import WrongCell

if TYPE_CHECKING:
    from pandas import DataFrame

LEARNED_ROWS = 50_000
"""Rows that habits are learned from, drawn over the whole table."""

_ROWS_AT_ONCE = 10_000


def find_wrong_cells(frame: "DataFrame", learned_rows: int = LEARNED_ROWS) -> list[WrongCell]:
    """Return the cells that are probably wrong, by row and column; the same for the same frame.

    Learning looks at ``learned_rows`` rows: at each pair of columns once for dependencies, at each distinct value once
    for all else. Judging looks at every row, a slice at a time, and in a slice at each distinct value and each distinct
    pair of a dependency once. A table that is larger than memory is learned from a sample with
    `kintsugi.contracts.cells.learn.learn`, and its slices are given to `Habits.judge`.

    Args:
        frame: values as text; a null counts as an empty cell.
        learned_rows: rows to learn from at most, drawn at random but always the same.

    Raises:
        DriftError: two columns have the same name.
    """
    habits = learn(_drawn(frame, learned_rows))
    return [
        cell
        for start in range(0, len(frame), _ROWS_AT_ONCE)
        for cell in habits.judge(frame.iloc[start : start + _ROWS_AT_ONCE], first_row=start)
    ]


def _drawn(frame: "DataFrame", rows: int) -> "DataFrame":
    import numpy as np

    if len(frame) <= rows:
        return frame
    return frame.iloc[np.sort(np.random.default_rng(0).choice(len(frame), rows, replace=False))]
