"""The loop from trajectories to patterns."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autorefine import (
    AutoRefine,
    InMemoryRepository,
    Pattern,
    RefineConfig,
    VersionConflict,
    patterns_json,
    read_patterns_json,
)
from autorefine.counters import Counters
from autorefine.lineage import restore, retire
from autorefine.pattern import State
from autorefine.report import MOST_DECISIONS, Decision, RefineReport
from autorefine.repository import LoopState, update
from autorefine.split import in_second_half
from autorefine.trajectory import Trajectory
from tests.autorefine.dying import DyingRepository, contents
from tests.autorefine.runs import planted, run

RUNS = list(planted(60, followed_succeed=1.0, others_succeed=0.0))


def turned(runs: Iterable[Trajectory], at: float = 1.0) -> list[Trajectory]:
    """Return the runs as somebody decided later that they ended."""
    return [replace(each, success=not each.success, outcome_at=at) for each in runs]


DELIVERIES = (
    RUNS[:40],
    [*turned(RUNS[:6]), replace(RUNS[6], success=not RUNS[6].success), *RUNS[40:]],
    turned(turned(RUNS[:2]), 2.0),
)
ADVICE = "After “no such table: flights”, list tables"


def refine(repository: InMemoryRepository, runs: object, config: RefineConfig | None = None):
    return AutoRefine(repository, config, clock=lambda: 1.0).refine(runs)  # type: ignore[arg-type]


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


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 125))
def test_a_loop_that_was_killed_anywhere_and_is_run_again_gives_the_same_repository(writes):
    dying = DyingRepository()
    for delivery in DELIVERIES:
        writes -= dying.survive(writes, lambda runs=delivery: refine(dying, runs))
    assert contents(dying) == contents(calm())


def test_a_sitting_that_was_killed_judges_among_the_same_patterns_when_it_is_held_again():
    rng = random.Random(4)
    names = [f"g{n}" for n in range(40)]
    halves = [[each for each in names if in_second_half(each) == second][:10] for second in (False, True)]

    def runs() -> Iterator[Trajectory]:
        """Half of the groups say the opposite of the others about one action, so that the gates refuse something."""
        for n in range(200):
            second, alpha, gamma = n % 2 == 1, rng.random() < 0.5, rng.random() < 0.5
            chance = 0.5 + (0.3 if alpha != second else -0.3) + (0.08 if second else 0.15) * (1 if gamma else -1)
            actions = ("alpha" if alpha else "beta", "gamma" if gamma else "delta")
            one = run(f"r{n:04}", *actions, success=rng.random() < chance, group=halves[second][n // 2 % 10])
            yield replace(one, agent="agent" if n % 4 < 2 else "other")

    taken, config = list(runs()), RefineConfig(batch_size=100)
    calm = DyingRepository()
    refine(calm, taken, config)
    assert calm.count("retired")
    for writes in range(calm.writes):
        dying = DyingRepository()
        dying.survive(writes, lambda repository=dying: refine(repository, taken, config))
        assert contents(dying) == contents(calm)


@cache
def calm() -> DyingRepository:
    repository = DyingRepository()
    for delivery in DELIVERIES:
        refine(repository, delivery)
    return repository


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
    refine(repository, endless(), RefineConfig(window=50))
    state = repository.load_state()
    assert (taken, state.n, len(state.window), len(state.seen)) == (500, 500, 50, 10)


class Counting(InMemoryRepository):
    """Counts how often retired patterns are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Counter[str | None] = Counter()

    def all(self, state: State | None = None) -> Iterator[Pattern]:
        for each in super().all(state):
            self.read[state] += 1
            yield each


def test_retired_patterns_stay_in_the_repository_however_many_batches_come():
    repository = Counting()
    refine(repository, planted(200))
    known = next(repository.all())
    for number in range(500):
        gone = replace(known, id=f"{number:016}", state="retired", looks=1, version=0)
        repository.put(gone)
    retired = repository.count("retired")
    repository.read.clear()
    assert refine(repository, planted(200, prefix="later", seed=2)).extractions == 20
    assert (retired >= 500, repository.read[None], repository.read["retired"]) == (True, 0, 0)


def test_what_was_taken_in_long_ago_is_still_known():
    repository = InMemoryRepository()
    config = RefineConfig(window=20)
    refine(repository, planted(300), config)
    report = refine(repository, planted(300), config)
    assert (report.n, report.new, report.known) == (300, 0, 300)


def test_every_decision_is_in_the_history_with_its_numbers_and_what_the_pattern_said():
    repository = InMemoryRepository()
    report = refine(repository, planted(300))
    (advice,) = (each for each in repository.all("active") if each.name == ADVICE)
    told = list(repository.history(advice.id))
    assert [(each.was, each.now, each.gate) for each in told if each.was != each.now] == [
        (None, "candidate", "extraction"),
        ("candidate", "active", "replay"),
    ]
    assert [each.n for each in told] == sorted(each.n for each in told)
    assert told[-1].numbers["low"] > 0
    assert told[-1].numbers["support_followed"] > 0
    assert all(each.said.startswith(ADVICE) for each in told)
    changes = [(each.pattern, each.was, each.now) for each in repository.history() if each.was != each.now]
    assert sorted(changes, key=str) == sorted(((d.pattern, d.was, d.now) for d in report.decisions), key=str)


def test_a_report_counts_all_decisions_and_holds_the_newest():
    new = Decision("p", "name", None, "candidate", "", "found")
    report = RefineReport(n=1).with_decisions([new] * MOST_DECISIONS).then(RefineReport(n=2).with_decisions([new] * 3))
    assert (report.proposed, len(report.decisions)) == (MOST_DECISIONS + 3, MOST_DECISIONS)
    assert report.to_document()["proposed"] == MOST_DECISIONS + 3


def test_a_reason_that_differs_only_in_its_figures_is_not_noted_again():
    repository = InMemoryRepository()
    refine(repository, planted(200, groups=1))
    for pattern in repository.all():
        held = [each for each in repository.history(pattern.id) if each.was == each.now == "candidate"]
        assert len(held) <= 3


def admitted(repository: InMemoryRepository) -> Pattern:
    return next(each for each in repository.all("active") if each.name == ADVICE)


@pytest.mark.parametrize("success", [True, False])
def test_a_stream_that_only_succeeds_or_only_fails_teaches_no_contrast(success):
    repository = InMemoryRepository()
    refine(repository, (replace(each, success=success) for each in planted(60)))
    assert [each for each in repository.all() if each.kind == "skill"] == []


@pytest.mark.parametrize("call", ["all", "note", "put"])
def test_a_decision_of_people_while_the_loop_works_is_not_undone_by_it(call):
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = admitted(repository)
    as_ever = getattr(repository, call)

    def interfered(argument: object = None) -> object:
        if pattern.id not in str(argument) and argument is not None:
            return as_ever(argument)
        setattr(repository, call, as_ever)
        answered = None if call == "put" else list(as_ever(argument) or ())
        retire(repository, pattern.id, reason="wrong", by="an operator", now=2.0)
        return as_ever(argument) if call == "put" else answered

    setattr(repository, call, interfered)
    report = refine(repository, turned(planted(200)))
    assert repository.get(pattern.id).state == "retired"
    assert pattern.id not in [each.pattern for each in report.decisions]
    told = list(repository.history(pattern.id))
    assert [each.gate for each in told if each.by == "an operator"] == ["lineage"]
    assert told[-1].now == "retired"
    assert all(each.now == later.was for each, later in pairwise(told))


def test_a_pattern_whose_evidence_nobody_has_is_refused_and_comes_back_on_evidence_of_its_own():
    config = RefineConfig()
    learned, repository = InMemoryRepository(), InMemoryRepository()
    refine(learned, planted(200))
    foreign = admitted(learned)
    made_up = tuple(replace(each, trajectory=f"elsewhere/{each.trajectory}") for each in foreign.evidence)
    repository.put(replace(foreign, evidence=made_up, state="candidate", verdicts=(), looks=0, version=0))
    report = refine(repository, [run(f"other-{n}", "wait") for n in range(config.batch_size)])
    refused = repository.get(foreign.id)
    assert refused.state == "retired"
    assert any(each.pattern == foreign.id and each.gate == "contract" for each in report.decisions)
    assert made_up[0].trajectory in "".join(each.reason for each in refused.verdicts)
    refine(repository, planted(200))
    again = repository.get(foreign.id)
    assert again.state == "active"
    assert not {each.trajectory for each in again.evidence} & {each.trajectory for each in made_up}


def test_what_people_retired_stays_retired_when_it_is_found_again():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = next(each for each in repository.all("active") if each.name == ADVICE)
    retire(repository, pattern.id, reason="wrong", by="an operator", now=2.0)
    refine(repository, planted(200, prefix="later", seed=2))
    assert repository.get(pattern.id).state == "retired"
    restore(repository, pattern.id, reason="right after all", by="an operator", now=3.0)
    assert repository.get(pattern.id).state == "active"


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


def test_what_comes_from_elsewhere_is_judged_by_the_runs_here_though_extraction_does_not_find_it():
    learned, repository = InMemoryRepository(), InMemoryRepository()
    refine(learned, planted(200))
    (foreign,) = read_patterns_json(patterns_json([admitted(learned)]), print)
    repository.put(foreign)
    config = RefineConfig(max_proposals=0)
    refine(repository, planted(200, prefix="here", seed=2), config)
    mine = admitted(repository)
    assert all(each.trajectory.startswith("here") for each in mine.evidence)
    assert mine.effect.low > 0
