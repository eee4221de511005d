"""A clean table whose cells can be changed: as a frame, and as the rows of a source."""

import random
from typing import Any

import pandas as pd

from kintsugi.contracts.cells.find import find_wrong_cells

CITIES = {"Birmingham": "AL", "Anchorage": "AK", "Sheffield": "AL", "Florence": "SC", "Portland": "OR", "Denver": "CO"}


def table(rows=240, **columns):
    """Return a clean table: a key, a city and what it tells, numbers, dates and codes; columns may be replaced."""
    rng = random.Random(7)
    cities = [rng.choice(list(CITIES)) for _ in range(rows)]
    made = {
        "id": [str(1000 + row) for row in range(rows)],
        "city": cities,
        "state": [CITIES[city] for city in cities],
        "weight": [f"{rng.randint(100, 999) / 10}" for _ in range(rows)],
        "amount": [str(rng.randint(10, 99)) for _ in range(rows)],
        "day": [f"2024-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" for _ in range(rows)],
        "code": [f"{rng.choice('ABC')}{rng.choice('XYZ')}-{rng.randint(100, 120)}" for _ in range(rows)],
    }
    return pd.DataFrame(made | columns)


def changed(frame, cells):
    """Return the frame with other values at some cells, given by row and column."""
    frame = frame.copy()
    for (row, column), value in cells.items():
        frame.loc[row, column] = value
    return frame


def found(frame):
    return {(cell.row, cell.column): cell.suggestion for cell in find_wrong_cells(frame)}


def stations(count: int = 240, **changes: dict[int, str]) -> list[dict[str, Any]]:
    """Return rows; ``changes`` gives some rows another value of a column, by the row's position."""
    rng = random.Random(7)
    rows = []
    for number in range(count):
        city = rng.choice(list(CITIES))
        row = {"id": 1000 + number, "city": city, "state": CITIES[city], "weight": rng.randint(100, 999) / 10}
        rows.append(row | {column: cells[number] for column, cells in changes.items() if number in cells})
    return rows
