"""What is shown of patterns, and what leads back from them."""

from dataclasses import replace
from typing import Any

import pytest

from autorefine.evidence import Evidence
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from kintsugi.expertise.changes import decide
from kintsugi.expertise.gather import store
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.observe.expertise_view import MOST_RUNS, SHOWN, expertise_view
from kintsugi.observe.learned import learned
from kintsugi.observe.own_patterns import own_patterns
from kintsugi.observe.pattern_view import newest, patterns_seen
from kintsugi.observe.report import make_report
from kintsugi.records import Record, RunRef, StoredTrajectory
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted

TOLD = list(planted(60))
RUNS = [trace_of(each) for each in TOLD]


def put(platform, *actions, **changes):
    changes = {"guard": GUARD, "state": "active"} | changes
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, **changes))


class StoredBefore(Record):
    """A trajectory as it was stored before heads were."""

    collection = "trajectories"
    indexed = ("origin", "gathered_at")

    origin: str
    gathered_at: float
    body: dict[str, Any]


class HeadsOnly:
    """Records of which no whole trajectory may be read."""

    def __init__(self, records):
        self._records = records

    def get_many(self, kind, ids):
        assert kind is not StoredTrajectory
        return self._records.get_many(kind, ids)


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


def test_the_strongest_are_found_among_however_many_there_are(platform):
    known = put(platform, LOOK_UP, state="candidate")
    weak = replace(known.effect, low=known.effect.low - 0.1)
    for number in range(250):
        StoredPatterns(platform.records).put(replace(known, id=f"{number:04}", effect=weak, version=0))
    assert known.id > "0249"
    assert expertise_view(platform).of("candidate")[0].id == known.id
    assert learned(platform.records).patterns[0].id == known.id


def test_a_warning_that_is_sure_comes_before_advice_that_is_not(platform):
    advice = put(platform, LOOK_UP)
    weak = put(platform, "wait", effect=replace(advice.effect, size=0.0, low=-0.1, high=0.1))
    warning = put(platform, GUESS, avoid=True, effect=replace(advice.effect, size=-0.9, low=-1.0, high=-0.8))
    expected = [warning.id, advice.id, weak.id]
    assert [each.id for each in learned(platform.records).patterns] == expected
    assert [each.id for each in expertise_view(platform).patterns] == expected


def test_active_patterns_come_before_stronger_candidates_and_no_more_than_asked_for(platform):
    strong = put(platform, LOOK_UP, state="candidate")
    weak = put(platform, "wait", effect=None)
    assert [each.id for each in learned(platform.records, most=2).patterns] == [weak.id, strong.id]
    assert [each.id for each in learned(platform.records, most=1).patterns] == [weak.id]


def test_what_is_shown_of_a_run_is_read_without_its_body(platform):
    known = put(platform, LOOK_UP)
    store(platform.records, "airflow", TOLD, run=RunRef(dag="etl", run_id="manual__1"))
    (seen,) = patterns_seen(HeadsOnly(platform.records), [known], most_runs=5)
    by_id = {each.id: each for each in TOLD}
    assert len(seen.runs) == 5
    for each in seen.runs:
        told = by_id[each.trajectory]
        assert (each.origin.task, each.origin.steps) == (told.task, len(told.steps))
        assert each.origin.agent == f"{told.agent}@{told.agent_version}"
        assert each.origin.started_at == told.started_at


def test_a_run_that_an_older_version_stored_is_shown_as_well(platform):
    known = put(platform, LOOK_UP)
    platform.records.put(
        StoredBefore(id=each.id, origin="airflow", gathered_at=1.0, body=each.to_document()) for each in TOLD
    )
    (seen,) = patterns_seen(platform.records, [known], most_runs=5)
    assert [each.origin.steps for each in seen.runs] == [
        len(next(told for told in TOLD if told.id == each.trajectory).steps) for each in seen.runs
    ]


def test_a_run_that_is_no_trajectory_leads_nowhere(platform):
    known = put(platform, LOOK_UP)
    newest_run = newest(known.evidence, 1)[0].trajectory
    platform.records.insert(StoredTrajectory(id=newest_run, origin="test", gathered_at=1.0, body={"task": 7}))
    (seen,) = patterns_seen(platform.records, [known], most_runs=1)
    assert seen.runs[0].origin is None


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
    run = next(each for each in TOLD if each.id == newest_run)
    store(platform.records, "airflow", [run], run=RunRef(dag="etl", run_id="manual__1"))
    (told,) = make_report(platform, None, "http://host:1").to_dict()["learned"]
    assert (told["state"], told["waits_for"]) == ("candidate", "3 of 5 held-out runs")
    assert told["runs"][0]["url"] == "http://host:1/dags/etl/runs/manual__1"
    assert told["runs"][0]["run"]["run_id"] == "manual__1"


def test_patterns_of_somebody_elses_runs_are_not_called_the_platforms_own(platform):
    known = put(platform, LOOK_UP)
    ids = {each.trajectory for each in known.evidence}
    store(platform.records, "somebody's agents", [each for each in TOLD if each.id in ids])
    assert own_patterns(platform.records) == []


def test_the_retired_patterns_that_were_decided_about_last_are_shown_with_how_many_more_there_are(platform, clock):
    known = [put(platform, f"try {number}") for number in range(SHOWN["retired"] + 3)]
    for each in known:
        clock.advance(60)
        decide(platform, "retire", each.id, reason="no", by="ada")
    clock.advance(60)
    decide(platform, "restore", known[-1].id, reason="it did help", by="ada")
    view = expertise_view(platform)
    expected = [each.id for each in reversed(known[:-1])][: SHOWN["retired"]]
    assert [each.id for each in view.of("retired")] == expected
    assert view.left_out == {"retired": 2}


def test_runs_of_a_dag_that_somebody_may_not_look_at_are_counted_and_not_told_of(platform):
    put(platform, LOOK_UP)
    store(platform.records, "airflow", TOLD[:30], run=RunRef(dag="etl", run_id="manual__1"))
    store(platform.records, "airflow", TOLD[30:], run=RunRef(dag="billing", run_id="manual__2"))
    view = expertise_view(platform)
    assert view.dags <= {"etl", "billing"}
    (seen,) = view.patterns
    (told,) = view.without_runs_of(view.dags).patterns
    assert len(told.runs) == len(seen.runs)
    assert all(run.withheld and run.origin is None and not run.trajectory for run in told.runs)
    assert [run.succeeded for run in told.runs] == [run.succeeded for run in seen.runs]
