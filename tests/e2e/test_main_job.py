"""What `make run` promises."""

import stat
from urllib.parse import quote

RUNBOOK = "14-missing-in-the-index.md"


def test_the_main_job_reports_what_happened(running):
    report = running.json("report")
    assert report["ingested"]["runbooks"] >= 34
    assert report["ingested"]["airflow"] >= 1
    assert report["embedded"] >= report["embedded_by_last_job"] > 100
    assert {"skipped", "refused", "patterns", "incidents", "seconds", "trajectories"} <= report.keys()
    assert report["trajectories"] >= 2, "runs and the healed drill are trajectories"
    assert report["incidents"].get("resolved", 0) >= 1
    assert report["seconds"]["to_first_answer"] > report["seconds"]["healthy"] > 0


def test_patterns_of_the_platforms_own_runs_lead_back_to_them(running):
    report = running.json("report")
    assert report["trajectories"] >= 10, "the runs of the main job itself are taken in as well"
    assert report["learned"], "what the job did twice is a candidate"
    runs = [run for each in report["learned"] for run in each["runs"]]
    assert runs
    for run in [each["run"] for each in runs if each["run"]]:
        found = running.api.get(f"/api/v2/dags/{run['dag']}/dagRuns/{quote(run['run_id'], safe='')}")
        assert found.json()["state"] == "success"


def test_the_drill_was_healed_by_a_run_of_heal(running):
    report = running.json("report")
    assert report["drill"]["removed"] == 3
    assert report["drill"]["healed"] is True
    incident = report["drill"]["incident"]
    runs = running.api.get("/api/v2/dags/heal/dagRuns").json()["dag_runs"]
    assert f"heal__{incident}__1" in [each["dag_run_id"] for each in runs if each["state"] == "success"]


def test_asking_cites_the_right_runbook_with_version_offsets_generation_and_run(running):
    answer = running.json("ask", "what should I do when chunks are missing from the index?")
    assert answer["evidence"] is True
    first = answer["sentences"][0]
    assert (first["source"], first["external_id"]) == ("runbooks", RUNBOOK)
    assert first["document_version"]
    assert 0 <= first["start"] < first["end"]
    assert first["generation"] == answer["generation"]
    assert first["run"]["dag"] == "ingest_runbooks"


def test_a_question_that_nothing_speaks_of_gets_the_plain_word(running):
    answer = running.json("ask", "Who won the football world cup in 1954?")
    assert (answer["evidence"], answer["sentences"]) == (False, [])


def test_the_password_is_in_a_file_for_its_owner_alone_and_in_no_log(running):
    secrets = running.var / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    password = running.secrets["admin_password"]
    assert len(password) >= 16
    files = [each for each in (running.var / "logs").rglob("*") if each.is_file()]
    assert files
    assert not [each for each in files if password in each.read_text(errors="replace")]


def test_nothing_listens_beyond_loopback(running):
    import psutil

    services = running.json("status")["services"]
    pids = {each["process"]["pid"] for each in services if each.get("process")}
    family = {child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True)} | pids
    listening = [each for each in psutil.net_connections("inet") if each.status == "LISTEN" and each.pid in family]
    assert listening
    assert {each.laddr.ip for each in listening} <= {"127.0.0.1", "::1"}


def test_doctor_finds_nothing_wrong(running):
    checks = running.json("doctor")["checks"]
    assert len(checks) > 5
    assert [each for each in checks if each["verdict"] == "fail"] == []


def test_the_page_is_closed_to_strangers_and_open_to_who_is_logged_in(running):
    import httpx

    url = running.secrets["api_url"]
    assert httpx.get(f"{url}/kintsugi/").status_code in (401, 403)
    page = running.api.get("/kintsugi/")
    assert page.status_code == 200
    assert "Kintsugi" in page.text
