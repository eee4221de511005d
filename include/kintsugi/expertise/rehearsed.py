"""A repository on which a decision can be tried: it reads what is stored, and keeps what is written to itself."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from autorefine.audit import AuditEntry
from autorefine.pattern import Pattern, State
from autorefine.repository import LoopState, PatternRepository


class RehearsedPatterns:
    """A `PatternRepository` over another one, which it never writes to. For one decision in one thread."""

    def __init__(self, stored: PatternRepository) -> None:
        self._stored = stored
        self._written: dict[str, Pattern] = {}
        self._noted: list[AuditEntry] = []

    def get(self, pattern: str) -> Pattern | None:
        """Return the pattern as it would be by now."""
        return self._written.get(pattern) or self._stored.get(pattern)

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        """Yield the patterns that would be in this state by now."""
        for pattern in self._stored.all():
            seen = self._written.get(pattern.id, pattern)
            if state in (None, seen.state):
                yield seen

    def put(self, pattern: Pattern) -> Pattern:
        """Keep the pattern; return it as it would be stored."""
        self._written[pattern.id] = replace(pattern, version=pattern.version + 1)
        return self._written[pattern.id]

    def load_state(self) -> LoopState:
        """Return the loop's memory as it is stored."""
        return self._stored.load_state()

    def taken_in(self) -> int:
        """Return how many trajectories were taken in."""
        return self._stored.taken_in()

    def save_state(self, state: LoopState) -> LoopState:
        """Return the memory as it would be stored."""
        return replace(state, version=state.version + 1)

    def note(self, entries: Iterable[AuditEntry]) -> None:
        """Keep the entries."""
        self._noted += entries

    def history(self, pattern: str | None = None) -> Iterator[AuditEntry]:
        """Yield what is stored and then what would be, oldest first."""
        yield from self._stored.history(pattern)
        yield from (each for each in self._noted if pattern in (None, each.pattern))
