"""AutoRefine's repository, kept in the truth."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby, islice

from autorefine.audit import AuditEntry
from autorefine.outcome import Outcome, joined
from autorefine.pattern import Pattern, State
from autorefine.repository import TRIES, LoopState, VersionConflict
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi import records as truth
from kintsugi.errors import ConflictError
from kintsugi.expertise.strength import strength
from kintsugi.records import PatternDecision, StoredPattern, StoredTrajectory
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

MEMORY = "refine"
"""Id of the record that holds the loop's memory."""

_SEEN = "seen/"
"""Begins the ids of the records that hold how trajectories ended that were taken in."""

_PAGE = 50
_ASKED_TOGETHER = 500


class StoredPatterns:
    """A `LearningRepository` over a `RecordStore`.

    One record a pattern, one a decision, one for the end of each trajectory that was taken in, and one for the loop's
    memory. The window of traces is stored as ids only: a trace is made of its stored trajectory whenever it is asked
    for, so the record stays small whatever the trajectories hold. A trajectory that was removed from the truth, or of
    which nobody knows any more how it ended, leaves the window.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._window: dict[str, Trace] = {}

    def get(self, pattern: str) -> Pattern | None:
        """Return the pattern with this id, or ``None``."""
        stored = self._records.get(StoredPattern, pattern)
        return None if stored is None else _pattern(stored)

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        """Yield the patterns (in this state), in the order of their ids; a small page of them is in memory."""
        where, after = None if state is None else {"state": state}, ""
        while page := list(self._records.scan(StoredPattern, where, after=after, limit=_PAGE)):
            yield from map(_pattern, page)
            after = page[-1].id

    def put(self, pattern: Pattern) -> Pattern:
        """Store the pattern by compare-and-set on its version; return it as stored.

        Raises:
            VersionConflict: another writer was faster.
        """
        body = replace(pattern, version=pattern.version + 1)
        stored = StoredPattern(
            id=pattern.id,
            version=pattern.version,
            state=pattern.state,
            strength=strength(pattern),
            body=body.to_document(),
        )
        self._store(stored)
        return body

    def load_state(self) -> LoopState:
        """Return the loop's memory; an empty one in the beginning."""
        stored = self._records.get(truth.LoopState, MEMORY)
        if stored is None:
            return LoopState()
        body = stored.body
        return LoopState(
            n=body["n"],
            pending=body["pending"],
            studied=body.get("studied", 0),
            window=self._traces(body["window"]),
            seen=_outcomes(body["seen"]),
            version=stored.version,
        )

    def taken_in(self) -> int:
        """Return how many trajectories were taken in; no trajectory is read for it."""
        stored = self._records.get(truth.LoopState, MEMORY)
        return 0 if stored is None else int(stored.body["n"])

    def save_state(self, state: LoopState) -> LoopState:
        """Store the memory by compare-and-set on its version; return it as stored.

        Raises:
            VersionConflict: another loop was faster.
        """
        self._window = {trace.id: trace for trace in state.window}
        seen = {id: outcome.to_document() for id, outcome in state.seen.items()}
        body = {
            "n": state.n,
            "pending": state.pending,
            "studied": state.studied,
            "window": list(self._window),
            "seen": seen,
        }
        self._store(truth.LoopState(id=MEMORY, version=state.version, body=body))
        return replace(state, version=state.version + 1)

    def note(self, entries: Iterable[AuditEntry]) -> None:
        """Store the decisions; one that is there already stays as it is."""
        self._records.insert_missing(_decision(each) for each in entries)

    def history(self, pattern: str | None = None) -> Iterator[AuditEntry]:
        """Yield what was decided (about this pattern), oldest first; of the whole history one batch is in memory."""
        decided = self._records.scan(PatternDecision, None if pattern is None else {"pattern": pattern})
        for _, together in groupby(decided, key=lambda each: each.n):
            yield from sorted(map(_entry, together), key=lambda each: each.order)

    def count(self, state: State) -> int:
        """Return how many patterns are in this state."""
        return self._records.count(StoredPattern, {"state": state})

    def decided(self, n: int) -> set[str]:
        """Return the ids of the patterns of which the history tells something at ``n`` trajectories."""
        return {each.pattern for each in self._records.scan(PatternDecision, {"n": n})}

    def remember(self, outcomes: Mapping[str, Outcome]) -> None:
        """Remember how trajectories ended, by id; what was decided later stands.

        Raises:
            VersionConflict: others were faster several times in a row.
        """
        for _ in range(TRIES):
            known = self._seen(outcomes)
            new = [_seen(id, told) for id, told in outcomes.items() if id not in known]
            try:
                for id, stored in known.items():
                    before = Outcome.from_document(stored.body)
                    if (now := joined(before, outcomes[id])) is not None and now != before:
                        self._records.replace(stored.but(body=now.to_document()))
            except ConflictError:
                continue
            if self._records.insert_missing(new) == len(new):
                return
        raise VersionConflict(f"outcomes of trajectories: others were faster {TRIES} times")

    def remembered(self, trajectories: Iterable[str]) -> dict[str, Outcome]:
        """Return what is remembered of these trajectories; others are left out."""
        return {id: Outcome.from_document(stored.body) for id, stored in self._seen(trajectories).items()}

    def missing(self, trajectories: Iterable[str]) -> list[str]:
        """Return the ids of those that are not in the truth, in the order given; no trajectory is read for it."""
        missing: list[str] = []
        remaining = iter(trajectories)
        while asked := tuple(islice(remaining, _ASKED_TOGETHER)):
            if self._records.count(StoredTrajectory, {"id": OneOf(asked)}) < len(set(asked)):
                missing += [id for id in asked if not self._records.count(StoredTrajectory, {"id": id})]
        return missing

    def _seen(self, trajectories: Iterable[str]) -> dict[str, truth.LoopState]:
        found = self._records.get_many(truth.LoopState, [f"{_SEEN}{id}" for id in trajectories])
        return {id.removeprefix(_SEEN): stored for id, stored in found.items()}

    def _traces(self, ids: list[str]) -> tuple[Trace, ...]:
        unknown = iter([id for id in ids if id not in self._window])
        while page := list(islice(unknown, _PAGE)):
            for stored in self._records.get_many(StoredTrajectory, page).values():
                trajectory = Trajectory.from_document(stored.body)
                if trajectory.success is not None:
                    self._window[stored.id] = trace_of(trajectory)
        return tuple(self._window[id] for id in ids if id in self._window)

    def _store(self, record: truth.LoopState | StoredPattern) -> None:
        if record.version == 0:
            if self._records.insert(record):
                return
            raise VersionConflict(f"{record.collection} {record.id}: another writer stored it first")
        try:
            self._records.replace(record)
        except ConflictError as error:
            raise VersionConflict(str(error)) from error


def _pattern(stored: StoredPattern) -> Pattern:
    return replace(Pattern.from_document(stored.body), version=stored.version)


def _seen(id: str, outcome: Outcome) -> truth.LoopState:
    return truth.LoopState(id=f"{_SEEN}{id}", body=outcome.to_document())


def _outcomes(seen: Mapping[str, object] | list[tuple[str, bool]]) -> dict[str, Outcome]:
    """Return outcomes by id; a memory that an older version stored holds pairs, of all that it remembered."""
    if isinstance(seen, Mapping):
        return {id: Outcome.from_document(told) for id, told in seen.items()}
    return {id: Outcome(success) for id, success in seen}


def _decision(entry: AuditEntry) -> PatternDecision:
    document = entry.to_document()
    return PatternDecision(**{**document, "id": f"{entry.n:012}-{entry.id}"})


def _entry(stored: PatternDecision) -> AuditEntry:
    document = stored.to_document()
    return AuditEntry.from_document({**document, "id": stored.id.partition("-")[2]})
