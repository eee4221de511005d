"""Retrieved, used, succeeded."""

from dataclasses import replace

import pytest

from autorefine import Counters, InMemoryRepository, Pattern, VersionConflict, record_usage
from autorefine.trace import trace_of
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

RUNS = [trace_of(each) for each in planted(40)]


class Rival(InMemoryRepository):
    """Another writer counts just before the first few writes."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put(self, pattern: Pattern) -> Pattern:
        if pattern.version and self.times:
            self.times -= 1
            stored = self.get(pattern.id)
            assert stored is not None
            counted = stored.counters.get("rival", Counters()).after(retrieved=True, used=False, succeeded=False)
            super().put(replace(stored, counters={**stored.counters, "rival": counted}))
        return super().put(pattern)


def test_each_agent_version_has_counts_of_its_own():
    repository = InMemoryRepository()
    first, second = (repository.put(each).id for each in (pattern(RUNS, LOOK_UP), pattern(RUNS, LOOK_UP, guard=GUARD)))
    assert record_usage(repository, "agent@1", [first, second, first], used=[second], succeeded=True) == 2
    assert record_usage(repository, "agent@2", [first], succeeded=True) == 1
    assert repository.get(first).counters == {"agent@1": Counters(1, 0, 0), "agent@2": Counters(1, 0, 0)}
    assert repository.get(second).counters == {"agent@1": Counters(1, 1, 1, (True,))}


def test_unknown_patterns_are_passed_over():
    assert record_usage(InMemoryRepository(), "agent@1", ["nobody"]) == 0


def test_no_count_is_lost_among_writers():
    repository = Rival(times=3)
    id = repository.put(pattern(RUNS, LOOK_UP)).id
    record_usage(repository, "agent@1", [id])
    assert repository.get(id).counters == {"agent@1": Counters(1, 0, 0), "rival": Counters(3, 0, 0)}


def test_a_writer_that_always_loses_gives_up_and_says_so():
    repository = Rival(times=1000)
    id = repository.put(pattern(RUNS, LOOK_UP)).id
    with pytest.raises(VersionConflict, match=id):
        record_usage(repository, "agent@1", [id])
