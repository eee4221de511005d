"""Comparing like with like: runs of one task, else of one group, else of one agent version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autorefine.contrasts import contrasts
from autorefine.match import Guard, match
from autorefine.moments import Moments, numbered
from autorefine.proportions import Table, exact_p, turned
from autorefine.trace import Trace

_KEPT = 0.5
_LEVELS: tuple[tuple[str, Callable[[Trace], str]], ...] = (
    ("task", lambda trace: f"{trace.stratum} {trace.task}"),
    ("group", lambda trace: f"{trace.stratum} {trace.group}"),
    ("agent version", lambda trace: trace.stratum),
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
    coarsest = _at(found, *_LEVELS[-1])
    for level in _LEVELS[:-1]:
        finer = _at(found, *level)
        enough = min(finer.followed, finer.otherwise) >= least
        if enough and finer.followed + finer.otherwise >= _KEPT * (coarsest.followed + coarsest.otherwise):
            return finer
    return coarsest


def chances(
    pairs: Matched, traces: Sequence[Trace], guard: Guard | None, signature: Sequence[str]
) -> tuple[float, float]:
    """Return the chance of so many more successes among followers, and among the others, if it made no difference.

    Exact, given the margins of each table. Where runs of several groups had to be compared with each other, groups that
    go their own way are no independent witnesses: then the chance is at least that of a test that counts groups.
    """
    with_it = exact_p(pairs.tables, one_sided=True)
    without = exact_p([turned(table) for table in pairs.tables], one_sided=True)
    if pairs.within != "agent version" or not pairs.tables:
        return with_it, without
    counted = contrasts(_by_group(traces, guard, signature))
    up, down = np.array([1.0]), np.array([-1.0])
    return max(with_it, float(counted.p(claimed=up)[0])), max(without, float(counted.p(claimed=down)[0]))


def _by_group(traces: Sequence[Trace], guard: Guard | None, signature: Sequence[str]) -> Moments:
    found = [(trace, each.followed) for trace in traces if (each := match(trace, guard, signature)).eligible]
    return Moments(
        traces=[trace for trace, _ in found],
        run=np.arange(len(found)),
        moment=np.ones(len(found), dtype=np.int64),
        signs=("followed",),
        present=np.array([[followed] for _, followed in found], dtype=np.bool_).reshape(len(found), 1),
        success=np.array([trace.success for trace, _ in found], dtype=np.float64),
        stratum=numbered([trace.stratum for trace, _ in found]),
        cluster=numbered([trace.group or trace.id for trace, _ in found]),
    )


def _at(found: Sequence[tuple[Trace, bool]], name: str, key: Callable[[Trace], str]) -> Matched:
    counts: dict[str, list[int]] = {}
    for trace, followed in found:
        cells = counts.setdefault(key(trace), [0, 0, 0, 0])
        cells[0 if followed else 2] += 1
        cells[1 if followed else 3] += trace.success
    tables = (Table(*cells) for cells in counts.values())
    return Matched(name, tuple(table for table in tables if table.compares))
