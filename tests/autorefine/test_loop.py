"""The loop from trajectories to patterns."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autorefine import AutoRefine, InMemoryRepository, Pattern, RefineConfig, VersionConflict
from autorefine.counters import Counters
from autorefine.repository import LoopState, update
from tests.autorefine.runs import planted, run

ADVICE = "After “no such table: flights”, list tables"


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

    def _write(self) -> None:
        if self.writes_left == 0:
            raise Killed
        if self.writes_left is not None:
            self.writes_left -= 1
        self.writes += 1


def refine(repository: InMemoryRepository, runs: object, config: RefineConfig | None = None):
    return AutoRefine(repository, config, clock=lambda: 1.0).refine(runs)  # type: ignore[arg-type]


def contents(repository: InMemoryRepository) -> list[Pattern]:
    return [replace(each, version=0) for each in repository.all()]


def test_a_planted_pattern_becomes_active():
    repository = InMemoryRepository()
    report = refine(repository, planted(300))
    assert ADVICE in [each.name for each in repository.all("active")]
    assert (report.n, report.new, report.extractions) == (300, 300, 30)
    assert any(each.name == ADVICE and each.now == "active" and each.gate == "replay" for each in report.decisions)


def test_outcomes_that_depend_on_nothing_make_nothing_active():
    active = 0
    for seed in range(10):
        repository = InMemoryRepository()
        refine(repository, planted(200, followed_succeed=0.5, others_succeed=0.5, seed=seed))
        active += sum(1 for _ in repository.all("active"))
    assert active <= 1


def test_the_same_trajectories_twice_teach_nothing_twice():
    repository = DyingRepository()
    refine(repository, planted(200))
    before, writes = contents(repository), repository.writes
    report = refine(repository, planted(200))
    assert (report.new, report.known, report.extractions, report.decisions) == (0, 200, 0, ())
    assert (contents(repository), repository.writes) == (before, writes)


def test_nothing_is_extracted_before_a_whole_batch_is_there_however_it_arrives():
    repository = InMemoryRepository()
    runs = list(planted(20))
    assert [refine(repository, runs[start : start + 5]).extractions for start in (0, 5, 10, 15)] == [0, 1, 0, 1]


def test_it_does_not_matter_in_how_many_calls_the_trajectories_come():
    whole, parts = InMemoryRepository(), InMemoryRepository()
    runs = list(planted(150))
    refine(whole, runs)
    for start in range(0, 150, 7):
        refine(parts, runs[start : start + 7])
    assert contents(parts) == contents(whole)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 55))
def test_a_loop_that_was_killed_anywhere_and_is_run_again_gives_the_same_repository(writes):
    calm, dying = InMemoryRepository(), DyingRepository()
    refine(calm, planted(80))
    dying.writes_left = writes
    try:
        refine(dying, planted(80))
    except Killed:
        dying.writes_left = None
        refine(dying, planted(80))
    assert contents(dying) == contents(calm)


def test_what_is_held_back_is_reported_with_its_reason():
    report = refine(InMemoryRepository(), planted(60, groups=1))
    document = report.to_document()
    assert document["held"]
    assert all(each["reason"] for each in document["held"])
    assert document["states"].get("candidate") == len(report.held)


def test_the_window_and_the_memory_stay_bounded_and_the_input_is_streamed():
    taken = 0

    def endless() -> Iterator[object]:
        nonlocal taken
        for each in planted(500):
            taken += 1
            yield each

    repository = InMemoryRepository()
    refine(repository, endless(), RefineConfig(window=50, memory=70))
    state = repository.load_state()
    assert (taken, state.n, len(state.window), len(state.seen)) == (500, 500, 50, 70)


def test_odd_trajectories_do_no_harm():
    repository = InMemoryRepository()
    odd = [run("empty"), run("long", *["again"] * 10_000), run("empty"), *planted(20)]
    assert refine(repository, odd).n == 22


def test_counts_that_arrive_while_the_loop_writes_are_kept():
    repository = InMemoryRepository()
    runs = list(planted(300))
    refine(repository, runs[:200])
    pattern = next(repository.all("active"))
    update(repository, pattern.id, lambda each: replace(each, counters={"agent@1": Counters(3, 2, 1)}))
    refine(repository, runs[200:])
    stored = repository.get(pattern.id)
    assert stored is not None
    assert stored.counters == {"agent@1": Counters(3, 2, 1)}
    assert len(stored.evidence) > len(pattern.evidence)


def test_a_late_writer_is_refused():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = next(repository.all())
    repository.put(pattern)
    with pytest.raises(VersionConflict, match=pattern.id):
        repository.put(pattern)
    with pytest.raises(VersionConflict, match="loop state"):
        repository.save_state(LoopState())
