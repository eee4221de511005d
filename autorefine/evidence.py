"""The runs that a pattern was drawn from, and what they say about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from autorefine.fields import Fields, as_integer
from autorefine.match import Guard, match
from autorefine.proportions import Table, exact_p, matched_difference
from autorefine.trace import Trace


@dataclass(frozen=True)
class Evidence:
    """One run that could have followed the pattern.

    ``steps`` are the positions with which it did; empty means that it did not, so the run is on the other side of the
    comparison. ``stratum`` names the runs with which it may be compared.
    """

    trajectory: str
    success: bool
    steps: tuple[int, ...]
    stratum: str

    def to_document(self) -> dict[str, Any]:
        """Return the evidence as a plain document that JSON can carry."""
        return {
            "trajectory": self.trajectory,
            "success": self.success,
            "steps": list(self.steps),
            "stratum": self.stratum,
        }

    @staticmethod
    def from_document(document: object) -> "Evidence":
        """Read evidence from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Evidence", document)
        return Evidence(
            trajectory=fields.text("trajectory"),
            success=fields.flag("success"),
            steps=fields.each("steps", as_integer),
            stratum=fields.text("stratum"),
        )


@dataclass(frozen=True)
class Effect:
    """How much more often followers succeed: matched difference of rates, 95 % interval, exact p, and q over the batch.

    ``q`` is None where the pattern was not drawn by a test (a recurring procedure).
    """

    size: float
    low: float
    high: float
    p: float
    q: float | None

    def to_document(self) -> dict[str, Any]:
        """Return the effect as a plain document that JSON can carry."""
        return {"size": self.size, "low": self.low, "high": self.high, "p": self.p, "q": self.q}

    @staticmethod
    def from_document(document: object) -> "Effect":
        """Read an effect from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Effect", document)
        return Effect(
            size=fields.number("size"),
            low=fields.number("low"),
            high=fields.number("high"),
            p=fields.number("p"),
            q=fields.optional_number("q"),
        )


def gather(traces: Iterable[Trace], guard: Guard | None, signature: Sequence[str]) -> tuple[Evidence, ...]:
    """Return the evidence of all runs that could have followed a pattern."""
    found = ((trace, match(trace, guard, signature)) for trace in traces)
    return tuple(
        Evidence(trace.id, trace.success, matched.steps, trace.stratum) for trace, matched in found if matched.eligible
    )


def union(older: Iterable[Evidence], newer: Iterable[Evidence], limit: int) -> tuple[Evidence, ...]:
    """Return the evidence of both, each trajectory once (the newer word counts), at most ``limit``; see `sample`."""
    by_trajectory = {item.trajectory: item for item in older}
    for item in newer:
        by_trajectory.pop(item.trajectory, None)
        by_trajectory[item.trajectory] = item
    return sample(list(by_trajectory.values()), limit)


def sample(evidence: Sequence[Evidence], limit: int) -> tuple[Evidence, ...]:
    """Return at most ``limit`` of the runs, the newest of each side, as many of every stratum as can be.

    First those of strata that have both sides, since only these say anything; then other followers, then the rest.
    """
    if len(evidence) <= limit:
        return tuple(evidence)
    sides: dict[tuple[str, bool], list[str]] = {}
    for item in reversed(evidence):
        sides.setdefault((item.stratum, bool(item.steps)), []).append(item.trajectory)
    ranks: list[list[list[str]]] = [[], [], []]
    for (stratum, followed), side in sides.items():
        compares = (stratum, not followed) in sides
        ranks[0 if compares else 1 if followed else 2].append(side)
    in_turns = (run for rank in ranks for turn in zip_longest(*rank) for run in turn if run is not None)
    chosen = set(islice(in_turns, limit))
    return tuple(item for item in evidence if item.trajectory in chosen)


def tally(evidence: Iterable[Evidence]) -> Table:
    """Return the plain counts over all strata in which some run followed; the others can't be compared with any."""
    tables = [table for table in tally_by_stratum(evidence) if table.followed]
    return Table(
        sum(table.followed for table in tables),
        sum(table.followed_succeeded for table in tables),
        sum(table.otherwise for table in tables),
        sum(table.otherwise_succeeded for table in tables),
    )


def tally_by_stratum(evidence: Iterable[Evidence]) -> list[Table]:
    """Return the counts of each stratum, in the order in which the strata appear."""
    strata: dict[str, list[Evidence]] = {}
    for item in evidence:
        strata.setdefault(item.stratum, []).append(item)
    return [table_of(items) for items in strata.values()]


def measure(evidence: Iterable[Evidence], q: float | None = None) -> Effect | None:
    """Return the effect that the evidence shows; None when nothing can be compared."""
    strata = tally_by_stratum(evidence)
    difference = matched_difference(strata)
    if difference is None:
        return None
    return Effect(difference.size, difference.low, difference.high, exact_p(strata), q)


def table_of(evidence: Sequence[Evidence]) -> Table:
    """Return the plain counts of these runs."""
    followed = [item.success for item in evidence if item.steps]
    otherwise = [item.success for item in evidence if not item.steps]
    return Table(len(followed), sum(followed), len(otherwise), sum(otherwise))
