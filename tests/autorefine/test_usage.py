"""Retrieved, used, succeeded."""

from dataclasses import replace

import pytest

from autorefine import Counters, InMemoryRepository, Pattern, VersionConflict, record_usage
from autorefine.counters import Included, Use
from autorefine.trace import trace_of
from autorefine.usage import MOST_VERSIONS, counted_since
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
    assert repository.get(second).counters == {"agent@1": Counters(1, 1, 1, (Use(True),))}


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


def test_counts_stay_bounded_and_the_versions_that_were_counted_last_are_kept():
    repository = InMemoryRepository()
    id = repository.put(pattern(RUNS, LOOK_UP)).id
    for number in range(MOST_VERSIONS + 1):
        record_usage(repository, f"agent@{number}", [id])
        record_usage(repository, "agent@0", [id])
    kept = repository.get(id).counters
    assert len(kept) == MOST_VERSIONS
    assert kept["agent@0"] == Counters(MOST_VERSIONS + 2, 0, 0)
    assert "agent@1" not in kept


def test_counts_of_a_task_are_corrected_in_place_and_read_back_as_they_were_written():
    counts = Counters()
    for task in "abc":
        counts = counts.corrected(task, "", "used")
    counts = counts.corrected("b", "used", "failed").corrected("a", "used", "succeeded")
    assert (counts.used, counts.succeeded, counts.undecided, counts.ended) == (3, 1, 1, 2)
    counts = counts.corrected("b", "failed", "succeeded")
    assert counts.recent == (Use(True, "b"), Use(True, "a"))
    counts = replace(counts, under_way={"report": Included(3, "given")})
    restored = Counters.from_document(counts.to_document())
    assert (restored, restored.under_way) == (counts, counts.under_way)
    assert counts.corrected("b", "succeeded", "given").recent == (Use(True, "a"),)


def test_counts_that_were_stored_without_tasks_are_read():
    stored = {"retrieved": 3, "used": 2, "succeeded": 1, "recent": "+-"}
    assert Counters.from_document(stored) == Counters(3, 2, 1, (Use(True), Use(False)))


def test_a_decision_keeps_what_was_counted_and_corrected_while_it_was_made():
    was = {"a@1": Counters(3, 3, 3), "a@2": Counters(1, 1, 1)}
    merged = {**was, "a@2": Counters(9, 8, 7), "a@3": Counters(2, 2, 2)}
    stored = {"a@1": Counters(3, 3, 2), "a@2": Counters(2, 2, 1), "a@4": Counters(1, 0, 0)}
    assert counted_since(was, was, stored) == stored
    assert counted_since(was, merged, stored) == {**stored, "a@2": Counters(9, 8, 7), "a@3": Counters(2, 2, 2)}
