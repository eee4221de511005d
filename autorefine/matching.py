"""Comparing like with like: runs of one task, else of one group, else of one agent version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autorefine.contrasts import contrasts
from autorefine.match import Guard, match
from autorefine.moments import Moments, numbered
from autorefine.proportions import Table, exact_p, turned
from autorefine.trace import Trace

_KEPT = 0.5
_LEVELS: dict[str, Callable[[Trace], str]] = {
    "task": lambda trace: f"{trace.stratum} {trace.task}",
    "group": lambda trace: f"{trace.stratum} {trace.group}",
    "agent version": lambda trace: trace.stratum,
}
_WITNESSES: tuple[Callable[[Trace], str], ...] = (
    lambda trace: trace.task or trace.id,
    lambda trace: trace.group or trace.id,
)


@dataclass(frozen=True)
class Matched:
    """Counts of runs that may be compared.

    Attributes:
        within: what they have in common beside the agent version: ``task``, ``group`` or nothing more.
        tables: one for each set of comparable runs, both sides of which hold some.
    """

    within: str
    tables: tuple[Table, ...]

    @property
    def followed(self) -> int:
        """Comparable runs that followed."""
        return sum(table.followed for table in self.tables)

    @property
    def otherwise(self) -> int:
        """Comparable runs that did not."""
        return sum(table.otherwise for table in self.tables)


def matched(traces: Sequence[Trace], guard: Guard | None, signature: Sequence[str], least: int) -> Matched:
    """Return the counts at the finest level that leaves enough to compare.

    Easy tasks succeed whatever is done, and are done in a certain way; so runs of one task are compared with each other
    where agents tried tasks several times, else runs of one group. Enough are ``least`` runs on either side, and half
    of those that the agent version alone would let be compared.
    """
    found = [(trace, each.followed) for trace in traces if (each := match(trace, guard, signature)).eligible]
    *fine, coarse = _LEVELS
    coarsest = _at(found, coarse)
    for level in fine:
        finer = _at(found, level)
        enough = min(finer.followed, finer.otherwise) >= least
        if enough and finer.followed + finer.otherwise >= _KEPT * (coarsest.followed + coarsest.otherwise):
            return finer
    return coarsest


def chances(
    pairs: Matched, traces: Sequence[Trace], guard: Guard | None, signature: Sequence[str]
) -> tuple[float, float]:
    """Return the chance of so many more successes among followers, and among the others, if it made no difference.

    Exact, given the margins of each table, and at least that of tests that count tasks, and groups, in place of runs:
    runs of one task, or of one hour, that go their own way are no independent witnesses. What all comparable runs share
    is counted once anyway.
    """
    if not pairs.tables:
        return 1.0, 1.0
    both_ways = (pairs.tables, [turned(table) for table in pairs.tables])
    chance = np.array([exact_p(tables, one_sided=True) for tables in both_ways])
    found = [(trace, each.followed) for trace in traces if (each := match(trace, guard, signature)).eligible]
    alike = numbered([_LEVELS[pairs.within](trace) for trace, _ in found])
    for witness in _WITNESSES:
        witnesses = numbered([witness(trace) for trace, _ in found])
        if len(set(zip(alike, witnesses, strict=True))) > len(set(alike)):
            counted = contrasts(_table(found, alike, witnesses))
            chance = np.maximum(chance, [float(counted.p(claimed=np.array([side]))[0]) for side in (1.0, -1.0)])
    return float(chance[0]), float(chance[1])


def _table(found: Sequence[tuple[Trace, bool]], alike: NDArray[np.int64], witnesses: NDArray[np.int64]) -> Moments:
    return Moments(
        traces=[trace for trace, _ in found],
        run=np.arange(len(found)),
        moment=np.ones(len(found), dtype=np.int64),
        signs=("followed",),
        present=np.array([[followed] for _, followed in found], dtype=np.bool_).reshape(len(found), 1),
        success=np.array([trace.success for trace, _ in found], dtype=np.float64),
        stratum=alike,
        cluster=witnesses,
    )


def _at(found: Sequence[tuple[Trace, bool]], level: str) -> Matched:
    counts: dict[str, list[int]] = {}
    for trace, followed in found:
        cells = counts.setdefault(_LEVELS[level](trace), [0, 0, 0, 0])
        cells[0 if followed else 2] += 1
        cells[1 if followed else 3] += trace.success
    tables = (Table(*cells) for cells in counts.values())
    return Matched(level, tuple(table for table in tables if table.compares))
