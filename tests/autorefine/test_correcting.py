"""A pattern whose runs end otherwise than was believed is corrected, and goes back before the gates that decided."""

from dataclasses import replace

import pytest

from autorefine.config import RefineConfig
from autorefine.correcting import corrected, judging, waits
from autorefine.lifecycle import MAINTENANCE
from autorefine.pattern import Pattern
from autorefine.trace import trace_of
from autorefine.trajectory import Trajectory
from autorefine.verdict import Verdict
from tests.autorefine.runs import GUARD, LOOK_UP, judged, pattern, planted, run

CONFIG = RefineConfig()
RUNS = list(planted(200))
TRACES = [trace_of(each) for each in RUNS]
UNRELATED = [trace_of(each) for each in planted(200, followed_succeed=0.5, others_succeed=0.5, seed=3)]
ADVICE = pattern(TRACES, LOOK_UP, guard=GUARD)
ACTIVE = judged(ADVICE, TRACES, CONFIG, n=200)


def turned(*runs: Trajectory) -> dict[str, Trajectory]:
    return {each.id: replace(each, success=not each.success) for each in runs}


def after(known: Pattern, changed: dict[str, Trajectory]) -> Pattern:
    return corrected(known, changed, judging(changed.values(), CONFIG))[0]


def test_what_was_admitted_waits_for_the_gates():
    waiting = after(ACTIVE, turned(RUNS[0]))
    assert (ACTIVE.state, waiting.state, waits(waiting), waiting.looks) == ("active", "candidate", True, ACTIVE.looks)
    assert after(waiting, turned(RUNS[0])) == waiting
    unseen = judged(waiting, [], CONFIG, n=210)
    assert (unseen.state, waits(unseen)) == ("candidate", False)
    again = judged(unseen, TRACES, CONFIG, n=220)
    assert (again.state, again.looks) == ("active", ACTIVE.looks + 1)


def test_a_candidate_that_the_gates_have_not_decided_about_is_only_corrected():
    held = judged(ADVICE, UNRELATED, CONFIG, n=20)
    changed = turned(RUNS[0])
    assert (held.state, held.looks) == ("candidate", 1)
    assert (after(held, changed).verdicts, waits(after(held, changed))) == (held.verdicts, False)
    assert after(held, changed).evidence[0].success is not held.evidence[0].success


def test_what_maintenance_retired_stays_retired_and_is_judged_anew_when_it_comes_back():
    crowded_out = replace(ACTIVE.ruled(Verdict(MAINTENANCE, "refuse", "low score")), state="retired")
    now = after(crowded_out, turned(RUNS[0]))
    assert (now.state, waits(now)) == ("retired", True)


@pytest.mark.parametrize("state", ["active", "candidate", "retired"])
def test_a_pattern_that_rests_on_none_of_the_runs_stays_as_it_was(state):
    elsewhere = turned(run("elsewhere", "wait"))
    known = replace(ACTIVE, state=state)
    assert after(known, elsewhere) == known


def test_however_many_runs_change_the_reason_stays_short():
    _, reason = corrected(ACTIVE, turned(*RUNS), [])
    assert reason.startswith("outcome changed of run-00000, ")
    assert reason.endswith(f" and {len(ACTIVE.evidence) - 20} more")
