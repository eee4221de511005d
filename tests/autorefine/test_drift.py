"""A pattern that serves no longer is found out, and a steady one is left alone."""

from dataclasses import replace
from random import Random

import pytest

from autorefine import AutoRefine, InMemoryRepository, record_usage
from autorefine.config import RefineConfig
from autorefine.counters import BLOCK, Counters
from autorefine.drift import drifted, fall
from autorefine.lifecycle import found_again
from autorefine.pattern import Pattern
from autorefine.trace import trace_of
from tests.autorefine.runs import GUARD, LOOK_UP, judged, pattern, planted

CONFIG = RefineConfig()
ALPHA = 0.05
RUNS = [trace_of(each) for each in planted(200)]
ADVICE = judged(pattern(RUNS, LOOK_UP, guard=GUARD), RUNS, CONFIG, n=200)


def after(counts: Counters, uses: int, rate: float, rng: Random) -> Counters:
    for _ in range(uses):
        counts = counts.after(retrieved=True, used=True, succeeded=rng.random() < rate)
    return counts


def fell(counts: Counters) -> bool:
    found = fall(counts, ALPHA)
    return found is not None and found[0] <= found[1]


def used(counts: Counters, version: str = "agent@1") -> Pattern:
    return replace(ADVICE, counters={**ADVICE.counters, version: counts})


@pytest.mark.parametrize("rate", [0.3, 0.8])
def test_a_steady_rate_is_called_a_fall_no_more_often_than_stated_however_often_one_looks(rate):
    rng, alarms, streams = Random(5), 0, 400
    for _ in range(streams):
        counts = Counters()
        for _ in range(10):
            counts = after(counts, BLOCK, rate, rng)
            if fell(counts):
                alarms += 1
                break
    assert alarms / streams <= ALPHA


@pytest.mark.parametrize("before", [96, 200])
def test_a_fall_from_four_fifths_to_two_fifths_is_found_within_a_hundred_and_sixty_uses(before):
    rng, found = Random(9), 0
    for _ in range(100):
        counts = after(Counters(), before, 0.8, rng)
        for _ in range(160):
            counts = after(counts, 1, 0.4, rng)
            if fell(counts):
                found += 1
                break
    assert found >= 95


def test_it_makes_no_difference_when_within_a_block_one_looks():
    rng = Random(3)
    counts = after(after(Counters(), 3 * BLOCK, 0.9, rng), BLOCK, 0.2, rng)
    at_once = fall(counts, ALPHA)
    for _ in range(BLOCK - 1):
        counts = after(counts, 1, 0.5, rng)
        assert fall(counts, ALPHA) == at_once


def test_a_pattern_that_fell_is_retired_with_its_numbers_and_a_steady_one_is_not():
    rng = Random(1)
    steady = used(after(Counters(), 200, 0.8, rng))
    fallen = used(after(after(Counters(), 96, 0.9, rng), BLOCK, 0.2, rng))
    assert drifted([steady], CONFIG, n=300) == []
    (gone,) = drifted([fallen], CONFIG, n=300)
    verdict = gone.verdicts[-1]
    assert (gone.state, verdict.gate, verdict.ruling) == ("retired", "drift", "refuse")
    assert verdict.numbers["p"] <= verdict.numbers["threshold"]
    assert drifted([gone], CONFIG, n=300) == []


def test_one_version_does_not_cover_up_for_another():
    rng = Random(1)
    good = after(Counters(), 640, 0.9, rng)
    fallen = after(after(Counters(), 96, 0.9, rng), BLOCK, 0.2, rng)
    pattern = replace(ADVICE, counters={"agent@1": good, "agent@2": fallen})
    assert "agent@2" in drifted([pattern], CONFIG, n=300)[0].verdicts[-1].reason


def test_a_drifted_pattern_comes_back_only_through_the_gates_and_is_not_retired_for_the_same_uses_again():
    rng = Random(1)
    (gone,) = drifted([used(after(after(Counters(), 96, 0.9, rng), BLOCK, 0.2, rng))], CONFIG, n=300)
    later = 300 + CONFIG.window
    candidate = found_again(gone, ADVICE, CONFIG, n=later)
    assert candidate.state == "candidate"
    assert judged(candidate, [], CONFIG, n=later).state == "candidate"
    admitted = judged(candidate, RUNS, CONFIG, n=later)
    assert (admitted.state, admitted.looks) == ("active", 2)
    assert drifted([admitted], CONFIG, n=later) == []


def test_a_drifted_pattern_does_not_come_back_on_what_was_seen_before_it_drifted():
    rng = Random(1)
    (gone,) = drifted([used(after(after(Counters(), 96, 0.9, rng), BLOCK, 0.2, rng))], CONFIG, n=300)
    assert found_again(gone, ADVICE, CONFIG, n=299 + CONFIG.window) == gone
    later = pattern([trace_of(each) for each in planted(100, prefix="later", seed=2)], LOOK_UP, guard=GUARD)
    back = found_again(gone, later, CONFIG, n=300 + CONFIG.window)
    assert (back.state, back.evidence) == ("candidate", later.evidence)


def test_what_is_not_remembered_is_not_judged():
    assert fall(Counters(100, 100, 50), ALPHA) is None
    assert fall(after(Counters(), 2 * BLOCK - 1, 0.1, Random(1)), ALPHA) is None
    restored = Counters.from_document(after(Counters(), 100, 0.5, Random(1)).to_document())
    assert restored == after(Counters(), 100, 0.5, Random(1))


def test_the_loop_retires_what_has_drifted_and_says_so_in_the_history():
    repository = InMemoryRepository()
    loop = AutoRefine(repository, clock=lambda: 1.0)
    loop.refine(planted(200))
    served = next(each for each in repository.all("active") if each.kind == "skill")
    rng = Random(1)
    for uses, rate in ((96, 0.9), (BLOCK, 0.2)):
        for _ in range(uses):
            record_usage(repository, "agent@1", [served.id], used=[served.id], succeeded=rng.random() < rate)
    report = loop.refine(planted(10, prefix="later", seed=2))
    assert (served.id, "active", "retired", "drift") in [(d.pattern, d.was, d.now, d.gate) for d in report.decisions]
    told = list(repository.history(served.id))[-1]
    assert (told.gate, told.now, told.numbers["p"] <= told.numbers["threshold"]) == ("drift", "retired", True)
    loop.refine(planted(100, prefix="even later", seed=3))
    assert repository.get(served.id).state == "retired"
