"""Learns the habits of a table from some of its rows, wrong ones among them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells import absence, dependencies, derived, signals, swallowed
from kintsugi.contracts.cells.column import counted, texts
from kintsugi.contracts.cells.evidence import trust
from kintsugi.contracts.cells.habits import Habits
from kintsugi.contracts.cells.opinion import Votes
from kintsugi.contracts.cells.signals import Signals
from kintsugi.errors import DriftError

if TYPE_CHECKING:
    from pandas import DataFrame

_COMPARED_ROWS = 10_000
"""Rows on which signals are compared with what columns say of one another."""


def learn(frame: "DataFrame") -> Habits:
    """Return the habits of a table.

    Cost grows with the rows, times the pairs of columns; memory with the distinct values, and pairs of a dependency.

    Args:
        frame: rows drawn over the whole table, with values as text; a null counts as an empty cell.

    Raises:
        DriftError: two columns have the same name.
    """
    values = dict(texts(frame))
    if len(values) != frame.shape[1]:
        raise DriftError(
            "a table can't be learned from",
            expected="columns of different names",
            got=", ".join(str(name) for name in frame.columns),
            next_step="rename one of the columns that have the same name",
        )
    counts = {name: counted(each) for name, each in values.items()}
    nothing = absence.learn(counts)
    columns = {name: nothing.column(name, each) for name, each in counts.items()}
    habits = Habits(
        nothing,
        {name: signals.learn(column) for name, column in columns.items()},
        dependencies.learn(frame, nothing),
        derived.learn(values, nothing),
        swallowed.learn(columns, values, nothing),
    )
    if frame.empty:
        return habits
    step = -(-len(frame) // _COMPARED_ROWS)
    compared = {name: each.iloc[::step] for name, each in values.items()}
    voted = habits.votes(compared)
    return replace(habits, signals={name: _trusted(habits, name, compared, voted) for name in columns})


def _trusted(habits: Habits, name: str, values: Mapping[str, Any], voted: Votes) -> Signals:
    """Return a column's signals, each trusted as far as dependencies agree with it."""
    learned = habits.signals[name]
    odds = voted.odds[:, voted.about(name)].sum(axis=1)
    suspects = {value: {each.signal for each in habits.suspicions(name, value)} for value in values[name].unique()}
    trusted = {}
    for signal in learned.judges:
        of_signal = values[name].map({value: signal in said for value, said in suspects.items()}).to_numpy(dtype=bool)
        trusted[signal] = trust(int((odds[of_signal] > 0).sum()), int((odds[of_signal] < 0).sum()))
    return replace(learned, trust=trusted)
