"""AutoRefine's repository, kept in the truth."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

from autorefine.audit import AuditEntry
from autorefine.pattern import Pattern, State
from autorefine.repository import LoopState, VersionConflict
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi import records as truth
from kintsugi.errors import ConflictError
from kintsugi.records import PatternDecision, StoredPattern, StoredTrajectory
from kintsugi.stores.records import RecordStore

MEMORY = "refine"
"""Id of the record that holds the loop's memory."""

_PAGE = 50


class StoredPatterns:
    """A `PatternRepository` over a `RecordStore`: one record a pattern, one a decision, one for the loop's memory.

    The window of traces is stored as ids only: a trace is made of its stored trajectory whenever it is asked for, so
    the record stays small whatever the trajectories hold. A trajectory that was removed from the truth, or of which
    nobody knows any more how it ended, leaves the window.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._window: dict[str, Trace] = {}

    def get(self, pattern: str) -> Pattern | None:
        """Return the pattern with this id, or ``None``."""
        stored = self._records.get(StoredPattern, pattern)
        return None if stored is None else _pattern(stored)

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        """Yield the patterns (in this state), in the order of their ids."""
        for stored in self._records.scan(StoredPattern, None if state is None else {"state": state}):
            yield _pattern(stored)

    def put(self, pattern: Pattern) -> Pattern:
        """Store the pattern by compare-and-set on its version; return it as stored.

        Raises:
            VersionConflict: another writer was faster.
        """
        body = replace(pattern, version=pattern.version + 1)
        self._store(StoredPattern(id=pattern.id, version=pattern.version, state=pattern.state, body=body.to_document()))
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
            window=self._traces(body["window"]),
            seen=dict(map(_remembered, body["seen"])),
            version=stored.version,
        )

    def save_state(self, state: LoopState) -> LoopState:
        """Store the memory by compare-and-set on its version; return it as stored.

        Raises:
            VersionConflict: another loop was faster.
        """
        self._window = {trace.id: trace for trace in state.window}
        seen = [[id, success] for id, success in state.seen.items()]
        body = {"n": state.n, "pending": state.pending, "window": list(self._window), "seen": seen}
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


def _remembered(item: Any) -> tuple[str, bool | None]:
    """Return id and outcome; memories that were stored before outcomes were remembered hold ids alone."""
    return (item, None) if isinstance(item, str) else (item[0], item[1])


def _decision(entry: AuditEntry) -> PatternDecision:
    document = entry.to_document()
    return PatternDecision(**{**document, "id": f"{entry.n:012}-{entry.id}"})


def _entry(stored: PatternDecision) -> AuditEntry:
    document = stored.to_document()
    return AuditEntry.from_document({**document, "id": stored.id.partition("-")[2]})
