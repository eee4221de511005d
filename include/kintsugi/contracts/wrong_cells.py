"""Wrong cells among the rows of a partition: what is usual is learned from some of them, and all are held against it.

Bounded in memory and time, whatever the table's size: `ROWS` rows drawn among the first `READ`, `COLUMNS` columns, and
the beginning of each value.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kintsugi.contracts.cells.wrong_cell import WrongCell
from kintsugi.errors import TerminalError
from kintsugi.sensitive.redact import redacted
from kintsugi.sensitive.scan import scan
from kintsugi.sources.tabular.values import shown

if TYPE_CHECKING:
    from pandas import DataFrame

    from kintsugi.contracts.cells.habits import Habits

ROWS = 2_500
"""Rows that are learned from, and that a report is about."""

READ = 20_000
"""Rows that they are drawn from."""

COLUMNS = 30
"""The first so many of a wider table: dependencies are looked for among all pairs."""

FEWEST = 50
"""Among fewer rows than this nobody can say what is usual."""

SURE = 0.85
"""Confidence from which a row is refused for a cell, where its source's entry asks for that."""

_BEGINNING = 120
"""Characters of a value that are looked at."""

_SLICE = 1_000

Texts = dict[str, str]
"""A row as it is judged: the beginning of each value's text, by column; "" for none."""


@runtime_checkable
class GivesNamedRows(Protocol):
    """A source whose rows can be looked at together with the ids of the documents that they become."""

    def named_rows(self, partition: str, limit: int | None = None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield external id and values, under agreed names, of each row that can be taken in."""
        ...


@dataclass(frozen=True)
class Found:
    """A wrong cell of the row that becomes the document ``item``. What it holds may be secret: see `masked`."""

    item: str
    cell: WrongCell


@dataclass(frozen=True)
class Look:
    """A look at a partition.

    Attributes:
        rows: how many were looked at.
        found: their wrong cells, in the rows' order.
        habits: what was learned, for judging further rows; ``None`` of too few.
    """

    rows: int
    found: Sequence[Found]
    habits: "Habits | None"


def texts_of(row: Mapping[str, Any]) -> Texts:
    """Return a row as it is judged."""
    return {name: shown(value)[:_BEGINNING] for name, value in islice(row.items(), COLUMNS)}


def look(source: GivesNamedRows, partition: str) -> Look:
    """Learn what a partition's rows are like, and hold them against it; the same rows give the same look.

    Raises:
        SourceUnavailable: the source stopped answering.
        TerminalError: the rows could not be judged.
    """
    drawn = _drawn(source.named_rows(partition, READ))
    if len(drawn) < FEWEST:
        return Look(len(drawn), (), None)
    from kintsugi.contracts.cells.learn import learn

    names = list(dict.fromkeys(name for _, row in drawn for name in row))
    try:
        habits = learn(_frame([row for _, row in drawn], names))
    except Exception as error:  # fail closed: whoever may go on without knows that by the class
        raise _not_judged(error) from error
    return Look(len(drawn), list(found_in(habits, drawn)), habits)


def found_in(habits: "Habits", rows: Iterable[tuple[str, Texts]]) -> Iterator[Found]:
    """Hold rows against what was learned, a slice at a time; yield their wrong cells in the rows' order.

    Raises:
        TerminalError: they could not be judged.
    """
    remaining, names = iter(rows), list(habits.signals)
    while page := list(islice(remaining, _SLICE)):
        try:
            cells = habits.judge(_frame([row for _, row in page], names))
        except Exception as error:  # as above
            raise _not_judged(error) from error
        for cell in cells:
            yield Found(page[cell.row][0], cell)


def masked(cell: WrongCell) -> WrongCell:
    """Return the cell as it may be shown and stored."""
    suggestion = None if cell.suggestion is None else _safe(cell.suggestion)
    return replace(cell, value=_safe(cell.value), reason=_safe(cell.reason), suggestion=suggestion)


def in_a_sentence(cell: WrongCell) -> str:
    """Say what is wrong with a cell."""
    holds = f"column {cell.column} holds {cell.value!r}"
    return f"{holds}, the rest says {cell.suggestion!r}" if cell.suggestion is not None else f"{holds}: {cell.reason}"


def _drawn(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Texts]]:
    """Return `ROWS` of the rows at most, each as likely, in their order (reservoir sampling, algorithm R)."""
    rng = random.Random(0)
    kept: list[tuple[int, tuple[str, Texts]]] = []
    for number, (name, row) in enumerate(rows):
        if number < ROWS:
            kept.append((number, (name, texts_of(row))))
        elif (place := rng.randint(0, number)) < ROWS:
            kept[place] = (number, (name, texts_of(row)))
    return [row for _, row in sorted(kept, key=lambda each: each[0])]


def _not_judged(error: Exception) -> TerminalError:
    return TerminalError(
        "wrong cells: the rows could not be judged",
        got=f"{type(error).__name__}: {error}"[:500],
        next_step="report it; `wrong_cells: ignore` in the source's entry takes the rows in unjudged",
    )


def _frame(rows: Sequence[Texts], names: Sequence[str]) -> "DataFrame":
    import pandas as pd

    return pd.DataFrame({name: [row.get(name, "") for row in rows] for name in names[:COLUMNS]}, dtype=object)


def _safe(text: str) -> str:
    """Return a text without secrets and personal data, and without what can't be stored."""
    storable = text.encode("utf-8", "backslashreplace").decode()
    return redacted(storable, scan(storable))
