"""Comparing like with like: runs of one task, else of one group, else of one agent version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autorefine.match import Guard, match
from autorefine.proportions import Table
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


def _at(found: Sequence[tuple[Trace, bool]], name: str, key: Callable[[Trace], str]) -> Matched:
    counts: dict[str, list[int]] = {}
    for trace, followed in found:
        cells = counts.setdefault(key(trace), [0, 0, 0, 0])
        cells[0 if followed else 2] += 1
        cells[1 if followed else 3] += trace.success
    tables = (Table(*cells) for cells in counts.values())
    return Matched(name, tuple(table for table in tables if table.compares))
