"""A repository in memory whose process can be killed before any write."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from autorefine.audit import AuditEntry
from autorefine.outcome import Outcome
from autorefine.pattern import Pattern
from autorefine.repository import InMemoryRepository, LoopState


class Killed(Exception):
    """The process is gone."""


class DyingRepository(InMemoryRepository):
    """Lets so many writes pass and then dies, before the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.writes_left: int | None = None

    def put(self, pattern: Pattern) -> Pattern:
        self._write()
        return super().put(pattern)

    def save_state(self, state: LoopState) -> LoopState:
        self._write()
        return super().save_state(state)

    def note(self, entries: Iterable[AuditEntry]) -> None:
        self._write()
        super().note(entries)

    def remember(self, outcomes: Mapping[str, Outcome]) -> None:
        self._write()
        super().remember(outcomes)

    def survive(self, writes: int, work: Callable[[], object]) -> int:
        """Do the work, killed after so many writes (if there are so many) and then done again; return how many."""
        self.writes_left, before = writes if writes >= 0 else None, self.writes
        try:
            work()
        except Killed:
            self.writes_left = None
            work()
        self.writes_left = None
        return self.writes - before

    def _write(self) -> None:
        if self.writes_left == 0:
            raise Killed
        if self.writes_left is not None:
            self.writes_left -= 1
        self.writes += 1


def contents(repository: InMemoryRepository) -> list[object]:
    """Return patterns, history and memory, without the number of times that each was written."""
    state = repository.load_state()
    runs = [each.id for each in state.window]
    runs += [item.trajectory for each in repository.all() for item in each.evidence]
    remembered = repository.remembered(runs) | state.seen
    return [
        *(replace(each, version=0) for each in repository.all()),
        *repository.history(),
        replace(state, version=0, seen={}),
        {id: remembered.get(id) for id in sorted(set(runs))},
    ]
