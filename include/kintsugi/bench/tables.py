"""`kintsugi bench tables`: wrong cells of a table found without labels, against the clean table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi.bench.output import Row
from kintsugi.contracts.cells.find import find_wrong_cells
from kintsugi.errors import ConfigurationError

if TYPE_CHECKING:
    from pandas import DataFrame

FIGURES = ("precision", "recall", "f1", "repair_precision", "repair_recall", "repair_f1")


@dataclass(frozen=True)
class Scores:
    """Share of what was said that is right, share of what is right that was said, and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 when nothing was right."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def measure(folders: Sequence[Path]) -> Iterator[Row]:
    """Yield a row for each folder's table, and their means as table ``mean`` when there are several.

    A cell is wrong when the dirty table differs from the clean one. A repair is right when the suggestion is the clean
    value; recall of repairs is over all wrong cells.

    Args:
        folders: each with ``dirty.csv`` and ``clean.csv``: rows and columns in the same order.

    Raises:
        ConfigurationError: a folder isn't in this format.
    """
    rows = []
    for folder in folders:
        rows.append(_row(folder))
        yield rows[-1]
    if len(rows) > 1:
        yield {"table": "mean", **{name: round(_mean([row[name] for row in rows]), 4) for name in FIGURES}}


def _mean(figures: Sequence[str | int | float | None]) -> float:
    return sum(float(each or 0) for each in figures) / len(figures)


def _row(folder: Path) -> Row:
    dirty, clean = _read(folder, "dirty.csv"), _read(folder, "clean.csv")
    if dirty.shape != clean.shape:
        raise _not_a_pair(folder, f"{dirty.shape} and {clean.shape} rows and columns")
    clean.columns = dirty.columns
    names = list(dirty.columns)
    rows, places = (dirty.to_numpy() != clean.to_numpy()).nonzero()
    truth = {(int(row), names[place]): str(clean.iat[row, place]) for row, place in zip(rows, places, strict=True)}
    found = {(cell.row, cell.column): cell.suggestion for cell in find_wrong_cells(dirty)}
    repairs = {cell: suggestion for cell, suggestion in found.items() if suggestion is not None}
    detection = _scores(len(found.keys() & truth.keys()), len(found), len(truth))
    repair = _scores(sum(truth.get(cell) == value for cell, value in repairs.items()), len(repairs), len(truth))
    return {
        "table": folder.name,
        "precision": round(detection.precision, 4),
        "recall": round(detection.recall, 4),
        "f1": round(detection.f1, 4),
        "repair_precision": round(repair.precision, 4),
        "repair_recall": round(repair.recall, 4),
        "repair_f1": round(repair.f1, 4),
    }


def _scores(right: int, said: int, true: int) -> Scores:
    return Scores(right / said if said else 0.0, right / true if true else 0.0)


def _read(folder: Path, name: str) -> "DataFrame":
    import pandas as pd

    try:
        return pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise _not_a_pair(folder, f"{name}: {type(error).__name__}: {error}") from error


def _not_a_pair(folder: Path, got: str) -> ConfigurationError:
    return ConfigurationError(
        f"benchmark data {folder}",
        expected="dirty.csv and clean.csv, the same rows and columns in the same order",
        got=got,
        next_step="correct the files, or give another folder",
    )
