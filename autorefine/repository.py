"""`PatternRepository`: where patterns, their audit and the loop's memory are kept; one that keeps them in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from autorefine.audit import AuditEntry
from autorefine.gates.contract import EvidenceStore
from autorefine.outcome import Outcome, joined
from autorefine.pattern import Pattern, State
from autorefine.trace import Trace

TRIES = 8


class VersionConflict(Exception):
    """A compare-and-set lost against another writer: read again, decide again."""


@dataclass(frozen=True)
class LoopState:
    """What the loop remembers between calls.

    ``n`` counts the trajectories taken in, ``pending`` those since the last extraction, ``studied`` is what ``n`` was
    at the last sitting of the gates. ``window`` holds the newest
    traces, oldest first. ``seen`` holds the outcomes of the trajectories that came with the last write alone, by id:
    all others are remembered by the repository, and these will be before the next write. ``version`` grows with every
    write; 0 means that nothing was stored yet.
    """

    n: int = 0
    pending: int = 0
    studied: int = 0
    window: tuple[Trace, ...] = ()
    seen: Mapping[str, Outcome] = field(default_factory=dict)
    version: int = 0


class PatternRepository(Protocol):
    """Patterns by id, what was decided about them, and one loop state.

    Implementers guarantee: `put` and `save_state` are atomic compare-and-sets on ``version``, also among processes, and
    durable when they return, as is `note`; no transaction over several of them is asked for. A decision is noted before
    it is put, so that none that took place is missing from the history.
    """

    def get(self, pattern: str) -> Pattern | None:
        """Return the pattern with this id, or ``None``."""
        ...

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        """Yield the patterns (in this state), in the order of their ids."""
        ...

    def put(self, pattern: Pattern) -> Pattern:
        """Store the pattern if the stored version still equals its own (0: not there yet); return it as stored.

        Raises:
            VersionConflict: another writer was faster.
        """
        ...

    def load_state(self) -> LoopState:
        """Return the loop's memory; an empty one in the beginning."""
        ...

    def taken_in(self) -> int:
        """Return how many trajectories were taken in, the ``n`` of the loop's memory; nothing else of it is read."""
        ...

    def save_state(self, state: LoopState) -> LoopState:
        """Store the memory if the stored version still equals its own; return it as stored.

        Raises:
            VersionConflict: another loop was faster.
        """
        ...

    def note(self, entries: Iterable[AuditEntry]) -> None:
        """Add the entries to the history; one whose id is there already stays as it is."""
        ...

    def history(self, pattern: str | None = None) -> Iterator[AuditEntry]:
        """Yield what was decided (about this pattern), oldest first."""
        ...


class LearningRepository(PatternRepository, EvidenceStore, Protocol):
    """A repository that a loop can learn into: what the loop asks of it is small, however much is stored.

    Implementers guarantee: `remember` keeps what `outcome.joined` makes of two words about one trajectory, so that
    writing the same again, or something older, changes nothing.
    """

    def count(self, state: State) -> int:
        """Return how many patterns are in this state."""
        ...

    def decided(self, n: int) -> set[str]:
        """Return the ids of the patterns of which the history tells something at ``n`` trajectories."""
        ...

    def remember(self, outcomes: Mapping[str, Outcome]) -> None:
        """Remember how trajectories ended, by id."""
        ...

    def remembered(self, trajectories: Iterable[str]) -> dict[str, Outcome]:
        """Return what is remembered of these trajectories; others are left out."""
        ...


class InMemoryRepository:
    """A repository that lasts as long as the process; for examples, tests and experiments. Not for several threads."""

    def __init__(self) -> None:
        self._patterns: dict[str, Pattern] = {}
        self._history: dict[str, AuditEntry] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._state = LoopState()

    def get(self, pattern: str) -> Pattern | None:
        """Return the pattern with this id, or ``None``."""
        return self._patterns.get(pattern)

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        """Yield the patterns (in this state), in the order of their ids."""
        yield from [self._patterns[id] for id in sorted(self._patterns) if state in (None, self._patterns[id].state)]

    def put(self, pattern: Pattern) -> Pattern:
        """Store the pattern if the stored version still equals its own; return it as stored."""
        stored = self._patterns.get(pattern.id)
        if pattern.version != (stored.version if stored else 0):
            raise VersionConflict(f"pattern {pattern.id}: expected version {pattern.version}, got {stored}")
        self._patterns[pattern.id] = replace(pattern, version=pattern.version + 1)
        return self._patterns[pattern.id]

    def load_state(self) -> LoopState:
        """Return the loop's memory; an empty one in the beginning."""
        return self._state

    def taken_in(self) -> int:
        """Return how many trajectories were taken in."""
        return self._state.n

    def save_state(self, state: LoopState) -> LoopState:
        """Store the memory if the stored version still equals its own; return it as stored."""
        if state.version != self._state.version:
            raise VersionConflict(f"loop state: expected version {state.version}, got {self._state.version}")
        self._state = replace(state, version=state.version + 1)
        return self._state

    def note(self, entries: Iterable[AuditEntry]) -> None:
        """Add the entries to the history; one whose id is there already stays as it is."""
        for each in entries:
            self._history.setdefault(each.id, each)

    def history(self, pattern: str | None = None) -> Iterator[AuditEntry]:
        """Yield what was decided (about this pattern), oldest first."""
        decided = [each for each in self._history.values() if pattern in (None, each.pattern)]
        yield from sorted(decided, key=lambda each: each.order)

    def count(self, state: State) -> int:
        """Return how many patterns are in this state."""
        return sum(each.state == state for each in self._patterns.values())

    def decided(self, n: int) -> set[str]:
        """Return the ids of the patterns of which the history tells something at ``n`` trajectories."""
        return {each.pattern for each in self._history.values() if each.n == n}

    def remember(self, outcomes: Mapping[str, Outcome]) -> None:
        """Remember how trajectories ended, by id."""
        for id, told in outcomes.items():
            self._outcomes[id] = joined(self._outcomes.get(id), told) or told

    def remembered(self, trajectories: Iterable[str]) -> dict[str, Outcome]:
        """Return what is remembered of these trajectories; others are left out."""
        return {id: self._outcomes[id] for id in trajectories if id in self._outcomes}

    def missing(self, trajectories: Iterable[str]) -> list[str]:
        """Return the ids of those that were never taken in."""
        return [id for id in trajectories if id not in self._outcomes]


def update(repository: PatternRepository, pattern: str, change: Callable[[Pattern], Pattern]) -> Pattern | None:
    """Apply a change to the stored pattern, anew when another writer was faster; return it as stored.

    Nothing is written when the change changes nothing; ``None`` when there is no such pattern.

    Raises:
        VersionConflict: others were faster `TRIES` times.
    """
    for _ in range(TRIES):
        stored = repository.get(pattern)
        if stored is None:
            return None
        changed = change(stored)
        if changed == stored:
            return stored
        try:
            return repository.put(replace(changed, version=stored.version))
        except VersionConflict:
            continue
    raise VersionConflict(f"pattern {pattern}: others were faster {TRIES} times")
