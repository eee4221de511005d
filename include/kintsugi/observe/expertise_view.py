"""The page *Expertise*: what is known, how sure that is, what was decided about it, and what waits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from autorefine.audit import AuditEntry
from autorefine.pattern import Pattern
from kintsugi.expertise.refine import waiting
from kintsugi.observe.learned import STATES
from kintsugi.observe.pattern_view import PatternSeen, patterns_seen, rank
from kintsugi.platform import Platform
from kintsugi.records import PatternDecision, StoredPattern, StoredTrajectory, UsageReport, Watermark
from kintsugi.stores.records import RecordStore

SHOWN = {"active": 20, "candidate": 8, "retired": 6}
"""Patterns of each state on the page; `kintsugi patterns list` has them all."""

LOOKED_AT = 200
"""Patterns of a state that are looked at for the strongest ones."""

MOST_RUNS = 9
"""Runs of its evidence that are shown of a pattern."""

NEWEST_DECISIONS = 12
_STANDING = ("support_", "effect")
GROWTH = 2_000
"""Decisions that the growth is drawn from, the newest."""


@dataclass(frozen=True)
class Decided:
    """What was decided about a pattern; ``was`` and ``now`` are states, "" where there was none yet.

    Attributes:
        n: how many trajectories had been seen by then.
        at: seconds since the epoch.
        numbers: what it was decided on, and the pattern's support and effect by then.
        by: who: the loop, or a person.
        said: the pattern's guideline by then.
    """

    n: int
    at: float
    pattern: str
    name: str
    was: str
    now: str
    gate: str
    ruling: str
    reason: str
    numbers: dict[str, float]
    by: str
    said: str

    @property
    def own_numbers(self) -> dict[str, float]:
        """What it was decided on, without what the pattern's support and effect were."""
        return {name: value for name, value in self.numbers.items() if not name.startswith(_STANDING)}


@dataclass(frozen=True)
class Grown:
    """How many patterns there were in each state after ``n`` trajectories; ``at`` is when that was decided."""

    n: int
    at: float
    active: int
    candidate: int
    retired: int


@dataclass(frozen=True)
class ExpertiseView:
    """Everything on the page *Expertise*.

    Attributes:
        at: when it was read.
        states: patterns in each state that occurs.
        trajectories: how many were gathered, by where they come from.
        waiting: of these, how many came after the last pass began.
        refined_at: when the last pass began; ``None`` before the first.
        reports: usage reports that agents have sent.
        patterns: the strongest of each state, active ones first.
        decisions: the newest changes of a state, newest first; that a pattern was found is none.
        growth: oldest first; empty before the first decision.
    """

    at: float
    states: dict[str, int]
    trajectories: dict[str, int]
    waiting: int
    refined_at: float | None
    reports: int
    patterns: tuple[PatternSeen, ...]
    decisions: tuple[Decided, ...]
    growth: tuple[Grown, ...]

    def of(self, state: str) -> tuple[PatternSeen, ...]:
        """Return those of the patterns that are in this state."""
        return tuple(each for each in self.patterns if each.state == state)


def expertise_view(platform: Platform) -> ExpertiseView:
    """Read the page from the records: counts that an index answers, and a bounded number of records.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    counts = {state: records.count(StoredPattern, {"state": state}) for state in STATES}
    watermark = records.get(Watermark, "refine")
    found = map(decided, records.latest(PatternDecision, "n", limit=GROWTH))
    newest = sorted(found, key=lambda each: (each.n, each.at), reverse=True)
    telling = [each for each in newest if each.was and each.was != each.now]
    return ExpertiseView(
        at=records.now(),
        states={state: count for state, count in counts.items() if count},
        trajectories=_by_origin(records),
        waiting=waiting(records),
        refined_at=watermark.at if watermark else None,
        reports=records.count(UsageReport),
        patterns=tuple(patterns_seen(records, _strongest(records), most_runs=MOST_RUNS)),
        decisions=tuple(telling[:NEWEST_DECISIONS]),
        growth=grown(newest, counts),
    )


def decided(record: PatternDecision | AuditEntry) -> Decided:
    """Return a decision as it is shown."""
    return Decided(
        n=record.n,
        at=record.at,
        pattern=record.pattern,
        name=record.name,
        was=record.was or "",
        now=record.now,
        gate=record.gate,
        ruling=record.ruling,
        reason=record.reason,
        numbers=dict(record.numbers),
        by=record.by,
        said=record.said,
    )


def grown(newest: Sequence[Decided], counts: dict[str, int]) -> tuple[Grown, ...]:
    """Return how many patterns there were after each change of a state, oldest first.

    It is counted backwards from what there is now, so that the end is right also where the beginning is not looked at.

    Args:
        newest: decisions, the newest first.
        counts: how many patterns are in each state now.
    """
    now = Counter({state: counts.get(state, 0) for state in STATES})
    points = []
    changes = (each for each in newest if each.was != each.now)
    for (n, at), together in groupby(changes, key=lambda each: (each.n, each.at)):
        points.append(Grown(n, at, *(max(0, now[state]) for state in STATES)))
        for each in together:
            now[each.now] -= 1
            if each.was:
                now[each.was] += 1
    return tuple(reversed(points))


def _strongest(records: RecordStore) -> list[Pattern]:
    chosen: list[Pattern] = []
    for state, most in SHOWN.items():
        sample = records.scan(StoredPattern, {"state": state}, limit=LOOKED_AT)
        patterns = [Pattern.from_document(stored.body) for stored in sample]
        chosen += sorted(patterns, key=rank)[:most]
    return chosen


def _by_origin(records: RecordStore) -> dict[str, int]:
    """Return how many trajectories there are of runs, of repairs and of everything else."""
    count = records.count(StoredTrajectory)
    known = {origin: records.count(StoredTrajectory, {"origin": origin}) for origin in ("airflow", "healing")}
    return {name: each for name, each in {**known, "agents": count - sum(known.values())}.items() if each}
