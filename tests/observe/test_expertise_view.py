"""What is shown of patterns, and what leads back from them."""

import pytest

from autorefine.evidence import Evidence
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from kintsugi.expertise.changes import decide
from kintsugi.expertise.gather import store
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.observe.expertise_view import MOST_RUNS, SHOWN, expertise_view
from kintsugi.observe.own_patterns import own_patterns
from kintsugi.observe.pattern_view import newest
from kintsugi.observe.report import make_report
from kintsugi.records import RunRef
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted

TOLD = list(planted(60))
RUNS = [trace_of(each) for each in TOLD]


def put(platform, *actions, **changes):
    changes = {"guard": GUARD, "state": "active"} | changes
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, **changes))


def evidence(followed: int, otherwise: int) -> list[Evidence]:
    did = [Evidence(f"did-{number}", True, (1,), "a@1") for number in range(followed)]
    return did + [Evidence(f"not-{number}", False, (), "a@1") for number in range(otherwise)]


@pytest.mark.parametrize(
    ("followed", "otherwise", "shown"), [(20, 20, 6), (2, 20, 2), (20, 1, 8), (3, 0, 3), (0, 0, 0)]
)
def test_the_newest_runs_are_shown_followers_first_and_no_place_is_left_empty(followed, otherwise, shown):
    found = newest(evidence(followed, otherwise), 9)
    assert sum(bool(each.steps) for each in found) == shown
    assert len(found) == min(9, followed + otherwise)
    assert [bool(each.steps) for each in found] == sorted((bool(each.steps) for each in found), reverse=True)


def test_the_page_reads_a_bounded_number_of_patterns_and_runs(platform):
    for number in range(SHOWN["active"] + 5):
        put(platform, f"try {number}")
    view = expertise_view(platform)
    assert view.states == {"active": SHOWN["active"] + 5}
    assert len(view.of("active")) == SHOWN["active"]
    assert max(len(each.runs) for each in view.patterns) <= MOST_RUNS


def test_trajectories_are_counted_by_where_they_come_from_and_those_that_wait(platform):
    store(platform.records, "airflow", TOLD[:3])
    store(platform.records, "healing", TOLD[3:4])
    store(platform.records, "somebody's agents", TOLD[4:9])
    view = expertise_view(platform)
    assert view.trajectories == {"airflow": 3, "healing": 1, "agents": 5}
    assert (view.waiting, view.refined_at) == (9, None)


def test_growth_ends_at_what_there_is_now_and_counts_back_from_there(platform, clock):
    first, second = put(platform, LOOK_UP), put(platform, GUESS)
    for each in (first, second):
        clock.advance(60)
        decide(platform, "retire", each.id, reason="no", by="ada")
    growth = expertise_view(platform).growth
    assert [(each.active, each.retired) for each in growth] == [(1, 1), (0, 2)]


def test_the_report_shows_patterns_of_own_runs_with_the_way_to_each_run_and_what_they_wait_for(platform):
    known = put(platform, LOOK_UP, state="candidate")
    StoredPatterns(platform.records).put(known.ruled(Verdict("replay", "hold", "3 of 5 held-out runs")))
    newest_run = [each.trajectory for each in known.evidence if each.steps][-1]
    told = next(each for each in TOLD if each.id == newest_run)
    store(platform.records, "airflow", [told], run=RunRef(dag="etl", run_id="manual__1"))
    (learned,) = make_report(platform, None, "http://host:1").to_dict()["learned"]
    assert (learned["state"], learned["waits_for"]) == ("candidate", "3 of 5 held-out runs")
    assert learned["runs"][0]["url"] == "http://host:1/dags/etl/runs/manual__1"
    assert learned["runs"][0]["run"]["run_id"] == "manual__1"


def test_patterns_of_somebody_elses_runs_are_not_called_the_platforms_own(platform):
    known = put(platform, LOOK_UP)
    ids = {each.trajectory for each in known.evidence}
    store(platform.records, "somebody's agents", [each for each in TOLD if each.id in ids])
    assert own_patterns(platform.records) == []
