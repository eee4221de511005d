"""Moments of a run: what can be said of it after its first, second … fifth step, while it still goes on.

Runs are compared at the same moment only (landmark analysis: Anderson, Cain & Gelber, J Clin Oncol 1983). Otherwise
every sign of a long run would look like a sign of failure, because runs that fail go on for longer.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from autorefine.proportions import Floats
from autorefine.symbols import MAX_SYMBOL
from autorefine.trace import Trace

MOMENTS = (1, 2, 3, 4, 5)
"""After so many steps a run is looked at, if it goes on then."""

EVER, EARLIER, TASK_PLACE = "ever", "earlier", "task"
PLACES = ("now", "one step before", "two steps before")
MIN_GROUPS = 3
MIN_ROWS = 5
MIN_CLUSTERS = 20
MOST_SIGNS = 4_000
MAX_SIGN = MAX_SYMBOL + 40
_SEPARATOR = " | "
_EVERYWHERE = frozenset({*PLACES, EVER, EARLIER, TASK_PLACE})


@dataclass(frozen=True)
class Moments:
    """Runs at moments, as a table: a row for each run and moment, a column for each sign.

    Attributes:
        traces: the runs, in the order given.
        run: for each row the index of its run.
        moment: for each row after how many steps.
        signs: the names of the columns.
        present: whether the sign of the column can be seen in the row; [rows, columns].
        success: for each row how its run ended, 0 or 1.
        stratum: for each row the index of what it may be compared with: the same agent version at the same moment, in
            the same group where groups hold enough rows.
        cluster: for each row the index of what is not independent of it: its task, or its group where there are few
            tasks.
        within: what rows of one stratum have in common: the ``group``, or the ``agent version`` alone.
    """

    traces: Sequence[Trace]
    run: NDArray[np.int64]
    moment: NDArray[np.int64]
    signs: tuple[str, ...]
    present: NDArray[np.bool_]
    success: Floats
    stratum: NDArray[np.int64]
    cluster: NDArray[np.int64]
    within: str = "agent version"

    def of(self, rows: NDArray[np.bool_]) -> "Moments":
        """Return the table with these rows only."""
        return Moments(
            self.traces,
            self.run[rows],
            self.moment[rows],
            self.signs,
            self.present[rows],
            self.success[rows],
            self.stratum[rows],
            self.cluster[rows],
            self.within,
        )


def signs_of(trace: Trace) -> tuple[frozenset[str], ...]:
    """Return for each moment at which the run still goes on what can be said of it: symbols, each with its place.

    The places are *now* (the newest step), *one step before*, *two steps before*, *earlier*, *ever* (any of them) and
    *task*.
    """
    steps = [
        frozenset(chain(actions, outcomes, related))
        for actions, outcomes, related in zip(trace.actions, trace.outcomes, _related(trace), strict=True)
    ]
    asked = {sign(TASK_PLACE, symbol) for symbol in trace.asked}
    found = []
    for moment in MOMENTS:
        if trace.length <= moment or len(steps) < moment:
            break
        said = set(asked)
        for back, symbols in enumerate(reversed(steps[:moment])):
            place = PLACES[back] if back < len(PLACES) else EARLIER
            for symbol in symbols:
                said.add(sign(place, symbol))
                said.add(sign(EVER, symbol))
        found.append(frozenset(said))
    return tuple(found)


def sign(place: str, symbol: str) -> str:
    """Return the name of a symbol at a place."""
    return f"{place}{_SEPARATOR}{symbol}"


def parts_of(sign: str) -> tuple[str, str]:
    """Return place and symbol of a sign."""
    place, _, symbol = sign.partition(_SEPARATOR)
    return place, symbol


def is_sign(text: str) -> bool:
    """Tell whether a text names a symbol at one of the places."""
    place, symbol = parts_of(text)
    return place in _EVERYWHERE and bool(symbol)


def moments_of(
    traces: Sequence[Trace],
    signs: Collection[str] | None = None,
    *,
    min_support: int = 1,
    at: Sequence[int] = MOMENTS,
) -> Moments:
    """Return the table of the runs at their moments; memory is rows × signs bytes.

    Args:
        traces: the runs.
        signs: the columns; by default the signs that at least ``min_support`` rows show and as many do not, and that
            recur in three groups (or in all, if there are fewer): a word of one group says nothing about others. At
            most 4,000, the most frequent ones.
        min_support: fewest rows on either side.
        at: the moments.
    """
    rows = [(index, moment) for index, trace in enumerate(traces) for moment in at if moment <= len(trace.signs)]
    columns = tuple(signs) if signs is not None else _recurring(traces, rows, min_support)
    column = {name: index for index, name in enumerate(columns)}
    present = np.zeros((len(rows), len(columns)), dtype=np.bool_)
    for row, (index, moment) in enumerate(rows):
        here = [column[name] for name in traces[index].signs[moment - 1] if name in column]
        present[row, here] = True
    run = np.array([index for index, _ in rows], dtype=np.int64)
    within, stratum = _comparable(traces, rows)
    return Moments(
        traces=traces,
        run=run,
        moment=np.array([moment for _, moment in rows], dtype=np.int64),
        signs=columns,
        present=present,
        success=np.array([traces[index].success for index, _ in rows], dtype=np.float64),
        stratum=stratum,
        cluster=_clusters(traces, rows),
        within=within,
    )


def _related(trace: Trace) -> Sequence[Sequence[str]]:
    return trace.relations or [()] * len(trace.actions)


def _recurring(traces: Sequence[Trace], rows: Sequence[tuple[int, int]], min_support: int) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    groups: dict[str, set[str]] = {}
    enough = min(MIN_GROUPS, len({trace.group for trace in traces}))
    for index, moment in rows:
        trace = traces[index]
        seen.update(trace.signs[moment - 1])
        for name in trace.signs[moment - 1]:
            where = groups.setdefault(name, set())
            if len(where) < enough:
                where.add(trace.group)
    frequent = sorted(
        (-count, name)
        for name, count in seen.items()
        if min_support <= count <= len(rows) - min_support and len(groups[name]) >= enough
    )
    return tuple(name for _, name in frequent[:MOST_SIGNS])


def _comparable(traces: Sequence[Trace], rows: Sequence[tuple[int, int]]) -> tuple[str, NDArray[np.int64]]:
    """Return the strata: by agent version, moment and group, or without the group where that leaves too few to compare.

    Within a group, so that an easy group does not look like a good sign.
    """
    fine = numbered([f"{traces[index].stratum} {moment} {traces[index].group}" for index, moment in rows])
    if len(rows) >= MIN_ROWS * (len(set(fine.tolist())) or 1):
        return "group", fine
    return "agent version", numbered([f"{traces[index].stratum} {moment}" for index, moment in rows])


def _clusters(traces: Sequence[Trace], rows: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the tasks as clusters, or the groups, if there are enough to tell how much they vary, else the more
    numerous of both; the runs where all are of one task in one group.
    """
    tasks = [traces[index].task or traces[index].id for index, _ in rows]
    groups = [traces[index].group or traces[index].id for index, _ in rows]
    names = tasks if len(set(tasks)) >= min(MIN_CLUSTERS, len(set(groups))) else groups
    return numbered(names if len(set(names)) > 1 else [traces[index].id for index, _ in rows])


def numbered(names: Sequence[str]) -> NDArray[np.int64]:
    """Return the same number for the same name, from 0 in the order of appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
