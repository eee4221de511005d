"""What a reconcile found and did, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kintsugi.index.judging import KINDS
from kintsugi.index.repair import Repaired

Counts = dict[str, int]


@dataclass(frozen=True)
class Reconciled:
    """What a reconcile found and did.

    Attributes:
        generation: what was compared with the truth.
        buckets, differing: buckets compared, and those that differed.
        rows_read: records and entries fetched from both engines; the sums over buckets aren't rows.
        found: entries that looked wrong at first, by kind.
        confirmed: those that still did after the grace period.
        repaired: what was made right.
        writes: records and entries written or deleted, notes and the lease included.
        left: entries that are wrong at the end, judged like the first ones.
        needs_force: more has drifted than is repaired without ``force``.
        seconds: how long it took, the grace period included.
    """

    generation: str
    dry_run: bool
    buckets: int
    differing: int
    rows_read: int
    found: Counts
    confirmed: Counts
    repaired: Repaired
    writes: int
    left: int
    needs_force: bool
    seconds: float

    @property
    def equal(self) -> bool:
        """Whether the index shows what the truth says, but for what is not published, being written, or refused."""
        return self.left == 0


def by_kind(counts: Mapping[str, int]) -> Counts:
    """Return a count for each kind, in their order."""
    return {kind: counts.get(kind, 0) for kind in KINDS}


def total(counts: Mapping[str, int]) -> int:
    """Return the sum of all counts."""
    return sum(counts.values())


def facts(outcome: Reconciled) -> dict[str, Any]:
    """Return the outcome as one flat object of JSON types."""
    repaired = outcome.repaired
    return {
        "generation": outcome.generation,
        "dry_run": outcome.dry_run,
        "buckets": outcome.buckets,
        "differing": outcome.differing,
        "rows_read": outcome.rows_read,
        **outcome.found,
        "confirmed": total(outcome.confirmed),
        "repaired": repaired.entries,
        "embedded": repaired.embedded,
        "refused": repaired.refused,
        "without_vector": repaired.without_vector,
        "writes": outcome.writes,
        "left": outcome.left,
        "equal": outcome.equal,
        "needs_force": outcome.needs_force,
        "seconds": outcome.seconds,
    }
