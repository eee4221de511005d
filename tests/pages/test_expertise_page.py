"""What a person sees on the page *Expertise*, and what becomes of a decision."""

import re
from dataclasses import replace

import pytest
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from fastapi.testclient import TestClient

from autorefine.export import patterns_json
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from kintsugi.expertise.gather import store
from kintsugi.expertise.imported import import_patterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.observe.expertise_view import SHOWN
from kintsugi.records import RunRef
from kintsugi.savings.holdout import assign
from kintsugi.savings.kept import keep_report
from tests.airflow_stub import USER, airflow_stub
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted
from tests.pages.conftest import log_in, mounted

PAGE = "/kintsugi/expertise"
API = "/kintsugi/api/expertise"
OWN = {"sec-fetch-site": "same-origin", "accept": "application/json"}
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
TOLD = list(planted(60))
RUNS = [trace_of(each) for each in TOLD]


@pytest.fixture
def airflow(monkeypatch):
    with airflow_stub() as stub:
        login = f"{USER['username']}:{USER['password']}@"
        monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", stub.base_url.replace("http://", f"http://{login}"))
        stub.odd = [("/dags/refine/dagRuns", {})]
        yield stub


def put(platform, *actions, **changes):
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, guard=GUARD, **changes))


def as_role(app, role, name="ada"):
    log_in(app, role, name)
    return TestClient(mounted(app), headers={"accept": "text/html"})


def test_a_platform_that_has_learned_nothing_says_why(client):
    text = client.get(PAGE).text
    assert "There is nothing to learn from yet" in text
    assert "None yet." in text
    assert "Nothing was counted yet" in text


def test_trajectories_without_a_pattern_say_what_is_missing(client, platform):
    store(platform.records, "airflow", TOLD[:4])
    text = client.get(PAGE).text
    assert "Nothing was found yet in 4 trajectories" in text
    assert "4 runs" in text


def test_candidates_alone_are_not_called_known(client, platform):
    put(platform, LOOK_UP, state="candidate")
    assert "Nothing is active yet: 1 candidate waits" in client.get(PAGE).text


def test_a_pattern_shows_its_bound_as_a_picture_and_how_runs_fared_with_and_without_it(client, platform):
    known = put(platform, LOOK_UP, state="active")
    text = client.get(PAGE).text
    assert re.search(r'aria-label="\+\d+ points, 95 % interval \+\d+ to \+\d+"', text)
    assert f"{known.support.followed_succeeded} of {known.support.followed}" in text
    assert f"{known.support.otherwise_succeeded} of {known.support.otherwise}" in text
    assert "is-open-to-zero" not in text


def test_a_bound_that_holds_zero_is_drawn_as_open(client, platform):
    equal = [trace_of(each) for each in planted(60, followed_succeed=0.5, others_succeed=0.5)]
    StoredPatterns(platform.records).put(pattern(equal, LOOK_UP, guard=GUARD))
    assert "is-open-to-zero" in client.get(PAGE).text


def test_evidence_leads_back_to_the_airflow_run_and_to_the_incident(client, platform):
    known = put(platform, LOOK_UP, state="active")
    newest, before = [each.trajectory for each in known.evidence if each.steps][-1:-3:-1]
    by_id = {each.id: each for each in TOLD}
    store(platform.records, "airflow", [by_id[newest]], run=RunRef(dag="etl", run_id="manual__1"))
    store(platform.records, "healing", [by_id[before]], run=RunRef(dag="heal", run_id="heal__7"), subject="incident-7")
    text = client.get(PAGE).text
    assert 'href="/dags/etl/runs/manual__1"' in text
    assert 'href="/dags/heal/runs/heal__7"' in text
    assert 'href="/kintsugi/#incident-incident-7"' in text
    assert "no longer kept" in text, "the other runs of the evidence were never stored"


def test_runs_of_a_dag_that_somebody_may_not_look_at_are_not_linked(client, platform, monkeypatch):
    known = put(platform, LOOK_UP, state="active")
    secret, open_to_all = [each.trajectory for each in known.evidence if each.steps][-1:-3:-1]
    by_id = {each.id: each for each in TOLD}
    store(platform.records, "airflow", [by_id[secret]], run=RunRef(dag="payroll", run_id="manual__1"))
    store(platform.records, "airflow", [by_id[open_to_all]], run=RunRef(dag="etl", run_id="manual__2"))
    allowed = SimpleAuthManager.is_authorized_dag

    def all_but_payroll(self, *, details=None, **asked):
        return details.id != "payroll" and allowed(self, details=details, **asked)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", all_but_payroll)
    text = client.get(PAGE).text
    assert "of a DAG that you may not look at" in text
    assert 'href="/dags/etl/runs/manual__2"' in text
    assert "payroll" not in text + client.get(API).text


def test_how_many_more_there_are_of_each_state_is_said(client, platform):
    for number in range(SHOWN["candidate"] + 2):
        put(platform, f"try {number}", state="candidate")
    assert "2 more candidate: <code>kintsugi patterns list</code>" in client.get(PAGE).text


def test_a_decision_is_seen_on_the_page_that_is_read_next(client, platform, airflow):
    known = put(platform, LOOK_UP, state="active")
    client.post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=OWN)
    assert f'id="pattern-{known.id}" class="pattern is-retired"' in client.get(PAGE).text


def test_an_imported_pattern_stands_with_what_it_claims_and_shows_no_bound(client, platform, tmp_path):
    (tmp_path / "patterns.json").write_text(patterns_json([pattern(RUNS, LOOK_UP, guard=GUARD, state="active")]))
    import_patterns(platform, tmp_path / "patterns.json", by="ada")
    text = client.get(PAGE).text
    assert "comes from elsewhere, where it claims" in text
    assert "nothing to compare with" in text
    assert "import: hold, after 0 trajectories" in text
    assert "by ada" in text


def test_what_each_gate_said_stands_beside_the_pattern(client, platform):
    known = put(platform, LOOK_UP, state="candidate")
    StoredPatterns(platform.records).put(known.ruled(Verdict("replay", "hold", "4 of 5 held-out runs")))
    text = client.get(PAGE).text
    assert "4 of 5 held-out runs" in text
    assert ">hold<" in text


def test_savings_are_those_that_refine_kept_and_nothing_is_counted_for_whoever_looks(client, platform, clock):
    keep_report(platform)
    assign(platform, "agent", "t")
    clock.advance(3600)
    text = client.get(PAGE).text
    assert re.search(r"No task had been drawn\s*<time[^>]*>1 h ago", text)
    assert client.get(API).json()["savings"]["classes"] == []
    keep_report(platform)
    assert "<td>agent</td>" in client.get(PAGE).text


def test_how_often_patterns_were_used_is_said_of_those_that_are_shown(client):
    assert "0 uses of the patterns below, 0 with success" in client.get(PAGE).text


def test_who_only_looks_sees_everything_but_the_buttons(app, platform):
    put(platform, LOOK_UP, state="active")
    text = as_role(app, "viewer").get(PAGE).text
    assert LOOK_UP in text
    assert "<button" not in text
    assert 'data-do="rollback"' in as_role(app, "user").get(PAGE).text


def test_a_decision_is_for_whoever_may_start_runs_of_refine(app, platform):
    known = put(platform, LOOK_UP, state="active")
    answer = as_role(app, "viewer").post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=OWN)
    assert answer.status_code == 403
    assert StoredPatterns(platform.records).get(known.id).state == "active"


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {}])
def test_a_decision_that_another_site_sends_is_refused(client, platform, headers):
    known = put(platform, LOOK_UP, state="active")
    answer = client.post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=headers)
    assert answer.status_code == 403
    assert StoredPatterns(platform.records).get(known.id).state == "active"


def test_what_a_decision_would_touch_can_be_seen_before(client, platform):
    known = put(platform, LOOK_UP, state="active")
    child = put(platform, GUESS, state="active", parents=(known.id,))
    changes = client.get(f"{API}/{known.id}/rollback", headers=OWN).json()["changes"]
    assert {each["pattern"] for each in changes} == {known.id, child.id}
    assert StoredPatterns(platform.records).get(known.id).state == "active"


def test_a_rollback_retires_descendants_says_who_and_starts_the_run_that_publishes_it(client, platform, airflow):
    known = put(platform, LOOK_UP, state="active")
    child = put(platform, GUESS, state="active", parents=(known.id,))
    answer = client.post(f"{API}/{known.id}/rollback", json={"reason": "it misleads"}, headers=OWN).json()
    repository = StoredPatterns(platform.records)
    assert {repository.get(each).state for each in (known.id, child.id)} == {"retired"}
    assert {each["pattern"] for each in answer["changed"]} == {known.id, child.id}
    assert answer["run"]["dag"] == "refine"
    assert any(each and each.get("conf") == {"by": "ada"} for each in airflow.bodies)
    text = client.get(PAGE).text
    assert "it misleads" in text
    assert "by ada" in text


def test_a_rollback_can_be_taken_back(client, platform, airflow):
    known = put(platform, LOOK_UP, state="active")
    client.post(f"{API}/{known.id}/rollback", json={"reason": "it misleads"}, headers=OWN)
    client.post(f"{API}/{known.id}/restore", json={"reason": "it did not"}, headers=OWN)
    assert StoredPatterns(platform.records).get(known.id).state == "active"


def test_where_no_run_can_be_started_the_decision_holds_all_the_same(client, platform):
    known = put(platform, LOOK_UP, state="active")
    answer = client.post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=OWN).json()
    assert answer["run"] is None
    assert StoredPatterns(platform.records).get(known.id).state == "retired"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "also": 1}])
def test_a_decision_without_a_reason_is_refused(client, platform, body):
    known = put(platform, LOOK_UP, state="active")
    assert client.post(f"{API}/{known.id}/retire", json=body, headers=OWN).status_code == 422


@pytest.mark.parametrize("path", ["nothing/retire", "{id}/explode"])
def test_an_unknown_pattern_or_decision_is_not_found(client, platform, path):
    known = put(platform, LOOK_UP, state="active")
    answer = client.post(f"{API}/{path.format(id=known.id)}", json={"reason": "no"}, headers=OWN)
    assert answer.status_code == 404


def test_names_and_reasons_from_outside_are_shown_as_text(client, platform, airflow):
    known = put(platform, LOOK_UP, state="active", name=ATTACK)
    client.post(f"{API}/{known.id}/retire", json={"reason": ATTACK}, headers=OWN)
    text = client.get(PAGE).text
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert "{{ 7 * 7 }}" in text


def test_the_growth_is_drawn_once_something_was_decided_at_two_times(client, platform, airflow, clock):
    for action in (LOOK_UP, GUESS):
        clock.advance(60)
        known = put(platform, action, state="active")
        client.post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=OWN)
    assert "<polyline" in client.get(PAGE).text


def test_a_stranger_sees_nothing_and_changes_nothing(stranger, platform):
    known = put(platform, LOOK_UP, state="active")
    assert stranger.get(API).status_code == 401
    assert stranger.post(f"{API}/{known.id}/retire", json={"reason": "no"}, headers=OWN).status_code == 401
    assert stranger.post("/kintsugi/expertise/used", json={}, headers=OWN).status_code == 401
    assert replace(StoredPatterns(platform.records).get(known.id), version=0) == replace(known, version=0)
