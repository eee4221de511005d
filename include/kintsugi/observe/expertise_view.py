"""The page *Expertise*: what is known, how sure that is, what was decided about it, and what waits."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from autorefine.audit import AuditEntry
from autorefine.claims import IMPORT
from autorefine.pattern import STATES, Pattern
from kintsugi.expertise.refine import waiting
from kintsugi.observe.pattern_view import PatternSeen, patterns_seen, strongest, without_runs_of
from kintsugi.platform import Platform
from kintsugi.records import PatternDecision, StoredPattern, StoredTrajectory, UsageReport, Watermark
from kintsugi.stores.records import RecordStore

SHOWN = {"active": 20, "candidate": 8, "retired": 6}
"""Patterns of each state on the page; `kintsugi patterns list` has them all."""

LOOKED_AT = 200
"""Patterns that were retired lately which are looked at: some may have been restored since."""

MOST_RUNS = 9
"""Runs of its evidence that are shown of a pattern."""

NEWEST_DECISIONS = 12
_STANDING = ("support_", "effect")
_BOOKKEEPING = ("n", "write")
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
        """What it was decided on, without what the pattern's support and effect were, and when that was."""
        return {
            name: value
            for name, value in self.numbers.items()
            if not name.startswith(_STANDING) and name not in _BOOKKEEPING
        }


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
        patterns: active ones first; the strongest of each state, and of the retired ones those decided about last.
        decisions: the newest changes of a state and imports, newest first; that a pattern was found is none.
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

    @property
    def left_out(self) -> dict[str, int]:
        """How many patterns of each state are not among these; states of which all are there are left out."""
        more = {state: count - len(self.of(state)) for state, count in self.states.items()}
        return {state: count for state, count in more.items() if count > 0}

    @property
    def dags(self) -> set[str]:
        """The DAGs whose runs stand behind the patterns."""
        runs = (run.origin.run for each in self.patterns for run in each.runs if run.origin)
        return {run.dag for run in runs if run and run.of_a_dag}

    def without_runs_of(self, dags: Collection[str]) -> "ExpertiseView":
        """Return the page for somebody who may not look at these DAGs: their runs are counted and not told of."""
        return replace(self, patterns=without_runs_of(self.patterns, dags)) if dags else self


def expertise_view(platform: Platform) -> ExpertiseView:
    """Read the page from the records: counts that an index answers, and a bounded number of records.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    counts: dict[str, int] = {state: records.count(StoredPattern, {"state": state}) for state in STATES}
    watermark = records.get(Watermark, "refine")
    found = map(decided, records.latest(PatternDecision, "n", limit=GROWTH))
    newest = sorted(found, key=lambda each: (each.n, each.at), reverse=True)
    telling = [each for each in newest if each.was != each.now and (each.was or each.gate == IMPORT)]
    return ExpertiseView(
        at=records.now(),
        states={state: count for state, count in counts.items() if count},
        trajectories=_by_origin(records),
        waiting=waiting(records),
        refined_at=watermark.at if watermark else None,
        reports=records.count(UsageReport),
        patterns=tuple(patterns_seen(records, _chosen(records, newest), most_runs=MOST_RUNS)),
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
    now = Counter[str]({state: counts.get(state, 0) for state in STATES})
    points = []
    changes = (each for each in newest if each.was != each.now)
    for (n, at), together in groupby(changes, key=lambda each: (each.n, each.at)):
        points.append(Grown(n, at, *(max(0, now[state]) for state in STATES)))
        for each in together:
            now[each.now] -= 1
            if each.was:
                now[each.was] += 1
    return tuple(reversed(points))


def _chosen(records: RecordStore, newest: Iterable[Decided]) -> list[Pattern]:
    chosen = [each for state in ("active", "candidate") for each in strongest(records, state, SHOWN[state])]
    return chosen + _retired_last(records, newest)


def _retired_last(records: RecordStore, newest: Iterable[Decided]) -> list[Pattern]:
    """Return the retired patterns, the one that was decided about last first; others fill what is left of the room."""
    most = SHOWN["retired"]
    decided = list(islice(dict.fromkeys(each.pattern for each in newest if each.now == "retired"), LOOKED_AT))
    known = records.get_many(StoredPattern, decided)
    found = {id: known[id] for id in decided if id in known and known[id].state == "retired"}
    if len(found) < most:
        found |= {
            each.id: each
            for each in records.scan(StoredPattern, {"state": "retired"}, limit=most)
            if each.id not in found
        }
    return [Pattern.from_document(stored.body) for stored in islice(found.values(), most)]


def _by_origin(records: RecordStore) -> dict[str, int]:
    """Return how many trajectories there are of runs, of repairs and of everything else."""
    count = records.count(StoredTrajectory)
    known = {origin: records.count(StoredTrajectory, {"origin": origin}) for origin in ("airflow", "healing")}
    return {name: each for name, each in {**known, "agents": count - sum(known.values())}.items() if each}
