"""Candidates that come one after the other share what may be false."""

from dataclasses import replace

import pytest

from autorefine.config import RefineConfig
from autorefine.lifecycle import judged
from autorefine.spending import Spending
from autorefine.trace import trace_of
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

RUNS = [trace_of(each) for each in planted(300)]
ADVICE = pattern(RUNS, LOOK_UP, guard=GUARD)
CONFIG = RefineConfig()


def test_all_levels_together_are_the_rate_when_nothing_is_admitted():
    levels = [Spending(0.1, looked_at=j).level for j in range(20_000)]
    assert sum(levels) == pytest.approx(0.1, rel=0.01)
    assert levels == sorted(levels, reverse=True)


def test_what_was_admitted_earns_more_for_those_that_follow():
    assert Spending(0.1, 10, 4).level == pytest.approx(5 * Spending(0.1, 10, 0).level)


def test_a_candidate_keeps_its_level_for_later_looks():
    once = judged(ADVICE, RUNS[:60], CONFIG, 200, alpha=1e-6)
    assert once.state == "candidate"
    later = judged(once, RUNS, CONFIG, 900, alpha=0.05)
    assert {verdict.gate: verdict.numbers.get("alpha") for verdict in later.verdicts}["replay"] == 1e-6


def test_a_level_decides_whether_the_same_runs_are_enough():
    few = RUNS[:60]
    assert judged(ADVICE, few, CONFIG, 200, alpha=0.025).state == "active"
    assert judged(ADVICE, few, CONFIG, 200, alpha=1e-6).state == "candidate"


def test_looked_at_and_admitted_are_counted_from_the_repository_as_on_the_way():
    spending = Spending(0.1)
    admitted = judged(ADVICE, RUNS, CONFIG, 200, spending.level)
    spending.saw(ADVICE, admitted)
    unseen = replace(ADVICE, id="other")
    assert spending == Spending.after([admitted, unseen], 0.1) == Spending(0.1, 1, 1)


def test_what_could_not_be_looked_at_yet_has_spent_nothing():
    waiting = judged(ADVICE, RUNS[:4], CONFIG, 10, alpha=0.04)
    assert waiting.looks == 0
    assert all("alpha" not in verdict.numbers for verdict in waiting.verdicts)
