"""What the platform has learned from its own runs and repairs, for the report of the main job."""

from dataclasses import dataclass

from kintsugi.expertise.gather import AIRFLOW, HEALING
from kintsugi.observe.pattern_view import PatternSeen, Run, patterns_seen, strongest
from kintsugi.records import RunRef
from kintsugi.stores.records import RecordStore

MOST_PATTERNS = 3
MOST_RUNS = 4
LOOKED_AT = 200
"""Patterns of a state that are looked at, the strongest."""


@dataclass(frozen=True)
class OwnRun:
    """A run behind a pattern: whether it followed it, how it ended, where it is, which incident it healed."""

    followed: bool
    succeeded: bool
    run: RunRef | None
    incident: str


@dataclass(frozen=True)
class OwnPattern:
    """A pattern drawn from the platform's own work.

    Attributes:
        waits_for: why it is not active, in the words of the gate that holds it; "" where it is active.
        evidence: runs that it rests on; ``runs`` are the newest of them.
    """

    id: str
    name: str
    kind: str
    state: str
    guideline: str
    waits_for: str
    evidence: int
    runs: tuple[OwnRun, ...]


def own_patterns(records: RecordStore) -> list[OwnPattern]:
    """Return patterns whose newest evidence is of the platform's own runs and repairs.

    Active ones first, of each state the strongest first.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    found: list[OwnPattern] = []
    for state in ("active", "candidate"):
        seen = patterns_seen(records, strongest(records, state, LOOKED_AT), most_runs=MOST_RUNS)
        found += [_own(each) for each in seen if any(_is_own(run) for run in each.runs)]
    return found[:MOST_PATTERNS]


def _own(seen: PatternSeen) -> OwnPattern:
    holding = next((each.reason for each in seen.ruled if each.ruling != "admit"), "no gate has judged it yet")
    return OwnPattern(
        id=seen.id,
        name=seen.name,
        kind=seen.kind,
        state=seen.state,
        guideline=seen.guideline,
        waits_for="" if seen.state == "active" else holding,
        evidence=seen.evidence,
        runs=tuple(
            OwnRun(each.followed, each.succeeded, each.origin.run, each.origin.incident)
            for each in seen.runs
            if each.origin is not None
        ),
    )


def _is_own(run: Run) -> bool:
    return run.origin is not None and run.origin.origin in (AIRFLOW, HEALING)
