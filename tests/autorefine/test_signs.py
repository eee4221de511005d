"""Signs: found, judged on other groups, and good for predicting the end."""

import random
from dataclasses import replace

import numpy as np
import pytest

from autorefine.config import RefineConfig
from autorefine.extract.signs import sign_patterns
from autorefine.gates.contract import contract
from autorefine.moments import moments_of
from autorefine.outlook import fit
from autorefine.pattern import Pattern
from autorefine.split import balanced_halves
from autorefine.study import study
from tests.autorefine.runs import trace

CONFIG = RefineConfig()


def stuck_or_not(count, *, seed=0, planted=True, version="1", groups=12):
    """Return runs of which half repeat themselves; these succeed in 10 %, the others in 70 %, if it is planted."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        stuck = rng.random() < 0.5
        success = rng.random() < ((0.1 if stuck else 0.7) if planted else 0.4)
        steps = ["try this", "try this", "try this", "end"] if stuck else ["try this", "look around", "try that", "end"]
        noise = rng.choice(["wait", "think", "scroll"])
        made.append(
            trace(f"r{version}{number}", noise, *steps, success=success, group=f"g{number % groups}", version=version)
        )
    return made


def test_what_separates_success_from_failure_is_found_and_says_so():
    found = sign_patterns(stuck_or_not(400), CONFIG, 1.0)
    warning = next(each for each in found if each.avoid)
    assert warning.kind == "sign"
    assert warning.name.startswith("Warning: ")
    assert warning.effect.high < -0.3
    assert contract(warning, CONFIG).admitted


def test_evidence_is_bounded_and_holds_both_sides():
    config = RefineConfig(evidence_limit=40)
    found = sign_patterns(stuck_or_not(400), config, 1.0)
    assert max(len(pattern.evidence) for pattern in found) == 40
    assert any(sum(bool(item.steps) for item in each.evidence) == 20 for each in found)


def test_runs_that_all_ended_alike_show_nothing():
    traces = [replace(each, success=True) for each in stuck_or_not(100)]
    assert sign_patterns(traces, CONFIG, 1.0) == []


def test_a_sign_survives_being_stored():
    for pattern in sign_patterns(stuck_or_not(300), CONFIG, 1.0)[:5]:
        assert Pattern.from_document(pattern.to_document()) == pattern


def test_halves_share_no_group_and_do_not_depend_on_order():
    traces = stuck_or_not(200)
    one, other = balanced_halves(traces)
    assert not {t.group for t in one} & {t.group for t in other}
    again, _ = balanced_halves(list(reversed(traces)))
    assert {t.id for t in again} == {t.id for t in one}


def test_a_study_admits_what_is_planted_and_keeps_the_verdicts():
    studied = study(stuck_or_not(400), CONFIG)
    assert any(each.kind == "sign" and abs(each.effect.size) > 0.4 for each in studied.admitted)
    for pattern in studied.admitted:
        assert pattern.state == "active"
        assert all(verdict.admitted for verdict in pattern.verdicts)


def test_a_study_of_outcomes_that_depend_on_nothing_admits_hardly_ever():
    admitting = sum(bool(study(stuck_or_not(200, seed=seed, planted=False), CONFIG).admitted) for seed in range(30))
    assert admitting <= 6


def test_patterns_predict_the_end_on_groups_that_were_not_learnt_from():
    learnt, unseen = stuck_or_not(400), stuck_or_not(200, seed=9)
    admitted = study(learnt, CONFIG).admitted
    chances = fit(admitted, learnt, "agent@1", 3).chance(unseen)
    succeeded = np.array([each.success for each in unseen])
    assert chances[succeeded].mean() > chances[~succeeded].mean() + 0.2
    assert np.all((chances > 0) & (chances < 1))


def test_an_agent_version_never_seen_leans_on_the_others():
    learnt = stuck_or_not(400)
    model = fit(study(learnt, CONFIG).admitted, learnt, "agent@new", 3)
    stuck = trace("x", "wait", "try this", "try this", "try this", "end", version="new")
    well = trace("y", "wait", "try this", "look around", "try that", "end", version="new")
    low, high = model.chance([stuck, well])
    assert low < high


def test_without_patterns_the_level_of_the_agent_is_predicted():
    learnt = stuck_or_not(400)
    going = [each for each in learnt if each.length > 3]
    chance = fit([], learnt, "agent@1", 3).chance(learnt[:1])[0]
    assert chance == pytest.approx(sum(each.success for each in going) / len(going), abs=0.03)


def test_with_nothing_to_learn_from_the_chance_is_even():
    assert fit([], [], "agent@1", 3).chance(stuck_or_not(1)) == pytest.approx([0.5])


def test_of_signs_that_show_in_the_same_places_only_one_is_proposed():
    table = moments_of(stuck_or_not(400), [each.signature[0] for each in sign_patterns(stuck_or_not(400), CONFIG, 1.0)])
    alike = np.corrcoef(table.present.T.astype(float)) - np.eye(len(table.signs))
    assert np.abs(alike).max() < 0.95
