"""What a person sees on the page *Quarantine*, and what becomes of a decision."""

import pytest
from fastapi.testclient import TestClient

from kintsugi.documents import intake
from kintsugi.records import Quarantined, RunRef
from tests.airflow_stub import USER, airflow_stub
from tests.builders import RUN
from tests.pages.conftest import log_in, mounted

QUARANTINE = "/kintsugi/quarantine"
API = "/kintsugi/api/quarantine"
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
OWN = {"sec-fetch-site": "same-origin", "accept": "application/json"}


def refused(name="bad.pdf", **changes):
    values = {"source": "inbox", "partition": "all", "item": name, "check": "readable", "expected": "a PDF with text"}
    values |= {"value": "12 pages of pictures", "next_step": "run `ocrmypdf` on it", "run": RUN, "refused_at": 1.5}
    return Quarantined(id=name, **(values | changes))


@pytest.fixture
def airflow(monkeypatch):
    with airflow_stub() as stub:
        login = f"{USER['username']}:{USER['password']}@"
        monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", stub.base_url.replace("http://", f"http://{login}"))
        yield stub


def as_role(app, role):
    log_in(app, role)
    return TestClient(mounted(app), headers={"accept": "text/html"})


def test_an_empty_quarantine_says_so(client):
    text = client.get(QUARANTINE).text
    assert "Nothing is held" in text
    assert "Nothing is in quarantine" in text


def test_a_refusal_shows_reason_next_step_run_and_the_ways_to_decide(client, platform):
    run = RunRef(dag="ingest_inbox", run_id="manual__1")
    platform.records.put([refused(run=run, sample="the beginning")])
    text = client.get(QUARANTINE).text
    for part in ("bad.pdf", "readable", "a PDF with text", "12 pages of pictures", "<code>ocrmypdf</code>"):
        assert part in text
    assert "<pre>the beginning</pre>" in text
    assert 'href="/dags/ingest_inbox/runs/manual__1"' in text
    assert 'data-release="/kintsugi/api/quarantine/bad.pdf/release"' in text


def test_filters_are_links_that_keep_each_other(client, platform):
    platform.records.put([refused("a", source="wiki", check="size"), refused("b")])
    text = client.get(QUARANTINE, params={"source": "wiki"}).text
    assert "refusal-a" in text
    assert "refusal-b" not in text
    assert 'href="/kintsugi/quarantine?source=wiki&amp;check=size"' in text
    assert 'data-fresh="/kintsugi/quarantine?source=wiki"' in text


def test_who_only_looks_sees_reasons_and_neither_samples_nor_buttons(app, platform):
    platform.records.put([refused(sample="the beginning")])
    viewer = as_role(app, "viewer")
    text, told = viewer.get(QUARANTINE).text, viewer.get(API).text
    assert "12 pages of pictures" in text
    assert "the beginning" not in text + told
    assert "<button" not in text
    assert "<button" in as_role(app, "user").get(QUARANTINE).text


def test_what_was_refused_for_a_secret_shows_nothing_of_it_to_anybody(client, platform):
    platform.records.put([refused(check="secret", value="an AWS key ending in …T3", sample="AKIA-the-secret")])
    text = client.get(QUARANTINE).text + client.get(API).text
    assert "AKIA-the-secret" not in text
    assert "ending in …T3" in text


def test_a_release_starts_one_run_of_the_dag_with_the_record_as_its_key_and_who_asked(client, platform, airflow):
    platform.records.put([refused()])
    airflow.odd = [("/dags/release/dagRuns", {})]
    answer = client.post(f"{API}/bad.pdf/release", json={}, headers=OWN)
    assert answer.json()["step"] == "under way"
    assert answer.json()["run"]["run_id"] == "release__bad.pdf__1500"
    (body,) = (each for each in airflow.bodies if each and "dag_run_id" in each)
    assert body["partition_key"] == "bad.pdf"
    assert body["dag_run_id"] == "release__bad.pdf__1500"
    assert body["conf"] == {"by": "ada"}


def test_a_release_that_goes_on_is_shown_to_whoever_looks(client, platform, airflow):
    platform.records.put([refused()])
    airflow.runs = [{"dag_id": "release", "dag_run_id": "release__bad.pdf__1500", "state": "running"}]
    airflow.odd = [("/dags/release/dagRuns", {})]
    client.post(f"{API}/bad.pdf/release", json={}, headers=OWN)
    assert "release under way" in client.get(QUARANTINE).text
    assert client.get(f"{API}/bad.pdf").json()["step"] == "under way"


def test_a_run_that_failed_is_told_with_the_way_to_it(client, platform, airflow):
    platform.records.put([refused()])
    airflow.runs = [{"dag_id": "release", "dag_run_id": "release__bad.pdf__1500", "state": "failed"}]
    airflow.odd = [("/dags/release/dagRuns", {})]
    client.post(f"{API}/bad.pdf/release", json={}, headers=OWN)
    assert client.get(f"{API}/bad.pdf").json()["step"] == "the run failed"
    text = client.get(QUARANTINE).text
    assert "the release failed" in text
    assert 'href="/dags/release/runs/release__bad.pdf__1500"' in text


def test_after_a_run_that_failed_whoever_presses_next_starts_another_one(client, platform, airflow):
    platform.records.put([refused()])
    airflow.runs = [{"dag_id": "release", "dag_run_id": "release__bad.pdf__1500", "state": "failed"}]
    for _ in range(2):
        answer = client.post(f"{API}/bad.pdf/release", json={}, headers=OWN).json()
        assert (answer["step"], answer["run"]["run_id"]) == ("under way", "release__bad.pdf__1500__2")
    assert {each["dag_run_id"] for each in airflow.runs} == {"release__bad.pdf__1500", "release__bad.pdf__1500__2"}


def test_a_keyless_row_of_a_source_for_a_few_is_not_shown_to_who_only_looks(app, platform):
    home = platform.settings.home
    (home / "include").mkdir(exist_ok=True)
    (home / "include" / "sources.yaml").write_text(
        "sources:\n  staff: {kind: tables, labels: {access: [hr]}, options: {path: staff.csv, key: id}}\n"
    )
    (home / "staff.csv").write_text("id,name,password\n1,Ada,x\n,Grace Hopper,hunter2\n")
    intake.ingest(platform, "staff", "all", RUN)
    viewer, operator = as_role(app, "viewer"), as_role(app, "admin")
    for address in (QUARANTINE, API, "/kintsugi/", "/kintsugi/api/overview"):
        log_in(app, "viewer")
        text = viewer.get(address).text
        assert "row-" in text
        assert "hunter2" not in text
        assert "none in a row of" not in text
    log_in(app, "admin")
    assert "none in a row of id, name, password" in operator.get(QUARANTINE).text


def test_what_was_released_and_what_was_refused_again_say_so(client, platform, airflow):
    run = RunRef(dag="release", run_id="release__bad.pdf__1500")
    platform.records.put([refused(run=run, refused_at=9.0), refused("in.md", state="released", by="ada", run=run)])
    assert client.get(f"{API}/bad.pdf").json()["step"] == "refused again"
    assert client.get(f"{API}/in.md").json()["step"] == "released"
    text = client.get(QUARANTINE).text
    assert "refused again" in text
    assert "by ada" in text


def test_a_released_record_is_not_released_again(client, platform, airflow):
    platform.records.put([refused(state="released")])
    assert client.post(f"{API}/bad.pdf/release", json={}, headers=OWN).json()["step"] == "released"
    assert airflow.asked("POST /api/v2/dags") == 0


def test_an_airflow_that_does_not_answer_is_an_error_of_the_release_and_not_of_the_page(client, platform, airflow):
    platform.records.put([refused()])
    airflow.failures = [(503, {})] * 20
    answer = client.post(f"{API}/bad.pdf/release", json={}, headers=OWN)
    assert answer.status_code == 503
    assert answer.json()["next_step"]
    assert client.get(QUARANTINE).status_code == 200


def test_a_drop_closes_the_record_and_names_who_did_it(client, platform):
    platform.records.put([refused()])
    assert client.post(f"{API}/bad.pdf/drop", json={}, headers=OWN).json()["step"] == "dropped"
    dropped = platform.records.get(Quarantined, "bad.pdf")
    assert (dropped.state, dropped.by, dropped.run.dag) == ("dropped", "ada", "ui")
    assert client.post(f"{API}/bad.pdf/drop", json={}, headers=OWN).status_code == 409


@pytest.mark.parametrize("decision", ["release", "drop"])
def test_nothing_is_decided_for_somebody_who_may_not_or_another_site_or_an_unknown_record(app, platform, decision):
    platform.records.put([refused()])
    address = f"{API}/bad.pdf/{decision}"
    viewer = as_role(app, "viewer")
    assert viewer.post(address, json={}, headers=OWN).status_code == 403
    admin = as_role(app, "admin")
    assert admin.post(address, json={}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert admin.post(address, content="{}", headers=OWN | {"content-type": "text/plain"}).status_code == 415
    assert admin.post(f"{API}/none/{decision}", json={}, headers=OWN).status_code == 404
    assert platform.records.get(Quarantined, "bad.pdf").state == "held"


def test_a_look_changes_nothing(client, platform):
    platform.records.put([refused(sample="x")])
    client.get(QUARANTINE)
    client.get(API)
    assert platform.records.get(Quarantined, "bad.pdf").version == 1


def test_hostile_text_stays_text_and_the_page_keeps_its_own_policy(client, platform):
    hostile = dict.fromkeys(("source", "partition", "check", "expected", "value", "next_step", "sample"), ATTACK)
    platform.records.put([refused(ATTACK, **hostile), refused("b", state="dropped", by=ATTACK)])
    answer = client.get(QUARANTINE, params={"source": ATTACK})
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "49" not in answer.text.replace(ATTACK, "")
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_stranger_is_led_to_the_login_and_back_to_this_page(stranger):
    answer = stranger.get(QUARANTINE, headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fkintsugi%2Fquarantine"
