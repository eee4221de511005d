"""What extraction finds, and what it does not."""

import random

import pytest

from autorefine.config import RefineConfig
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.trace import Trace, trace_of
from tests.autorefine.runs import LOOK_UP, planted, trace

CONFIG = RefineConfig()


def traces(count: int, **changes) -> list[Trace]:
    return [trace_of(each) for each in planted(count, **changes)]


def test_a_planted_pattern_is_found_with_its_direction_and_counts():
    found = contrast_patterns(traces(200), CONFIG, now=0.0)
    best = next(each for each in found if not each.avoid)
    assert best.name == "After “no such table: flights”, list tables"
    assert best.effect is not None
    assert best.effect.low > 0.4
    assert best.support.followed + best.support.otherwise == 200


def test_what_harms_is_found_as_advice_to_avoid():
    found = contrast_patterns(traces(200), CONFIG, now=0.0)
    assert "After “no such table: flights”, avoid guess" in [each.name for each in found]


def test_shuffled_outcomes_give_no_more_findings_than_the_false_discovery_rate():
    rounds = 40
    batches_with_findings = 0
    for seed in range(rounds):
        runs = traces(120, seed=seed)
        outcomes = [each.success for each in runs]
        random.Random(1000 + seed).shuffle(outcomes)
        shuffled = [
            Trace(r.id, r.group, r.agent, r.agent_version, outcome, r.actions, r.outcomes)
            for r, outcome in zip(runs, outcomes, strict=True)
        ]
        batches_with_findings += bool(contrast_patterns(shuffled, CONFIG, now=0.0))
    assert batches_with_findings <= rounds * CONFIG.false_discovery_rate + 3


def test_a_better_agent_with_other_habits_is_no_pattern():
    strong = [trace(f"s{n}", LOOK_UP, success=n % 10 != 0, version="strong") for n in range(60)]
    weak = [trace(f"w{n}", "guess", success=n % 10 == 0, version="weak") for n in range(60)]
    assert contrast_patterns(strong + weak, CONFIG, now=0.0) == []


@pytest.mark.parametrize("runs", [[], [trace("a", "open")], [trace(f"{n}", "open") for n in range(50)]])
def test_too_few_runs_or_runs_of_one_outcome_teach_nothing(runs):
    assert contrast_patterns(runs, CONFIG, now=0.0) == []


def test_a_run_without_steps_is_passed_over():
    assert procedure_patterns([trace("empty"), trace("other", success=False)], CONFIG, now=0.0) == []


def test_a_stretch_that_successes_share_is_a_procedure_with_its_loop():
    runs = [trace(f"{n}", f"start{n}", "fetch", "validate", "validate", "load", f"end{n}") for n in range(6)]
    (procedure,) = procedure_patterns(runs, CONFIG, now=0.0)
    assert procedure.kind == "subagent"
    assert procedure.signature == ("do:fetch", "do:validate", "do:load")
    assert procedure.machine is not None
    assert procedure.machine.repeatable == {"do:validate"}
    assert procedure.machine.step_limit == 4


def test_the_same_runs_give_the_same_patterns():
    assert contrast_patterns(traces(150), CONFIG, now=0.0) == contrast_patterns(traces(150), CONFIG, now=0.0)
