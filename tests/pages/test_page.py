"""What a person sees on the page."""

from kintsugi.errors import StoreUnavailable
from kintsugi.records import Incident, Partition, Quarantined, Repair, RunRef
from tests.builders import chunk, document

RUN = RunRef(dag="ingest_inbox", run_id="manual__2026-11-24T19:40:07+00:00", task="validate")


def quarantined(item: str = "bad.pdf", **changes) -> Quarantined:
    values = {
        "id": item,
        "source": "inbox",
        "partition": "all",
        "item": item,
        "check": "readable",
        "expected": "a PDF with text",
        "value": "12 pages of pictures",
        "next_step": "run `ocrmypdf` on it",
        "sample": "sample-of-the-content",
        "run": RUN,
        "refused_at": 1.0,
    }
    return Quarantined(**(values | changes))


def test_a_fresh_platform_says_of_every_section_that_it_is_empty_and_why(client):
    text = client.get("/kintsugi/").text
    assert "Nothing is served yet" in text
    assert "has not brought anything yet" in text
    assert "Nothing is in quarantine" in text
    assert "nothing to learn from" in text
    assert "Nothing has broken so far" in text


def test_what_came_in_shows_counts_state_and_the_way_to_the_dag(client, platform):
    platform.records.put([document("a.md", source="inbox"), chunk(of=document("a.md", source="inbox"))])
    platform.records.put(
        [Partition(id="inbox@all", source="inbox", key="all", state="committed", run=RUN, changed_at=1.0, written=1)]
    )
    text = client.get("/kintsugi/").text
    assert "<strong>1</strong> document " in text
    assert "1 written" in text
    assert 'href="/dags/ingest_inbox"' in text
    assert 'href="/dags/ingest_inbox/runs/manual__2026-11-24T19%3A40%3A07%2B00%3A00"' in text


def test_a_gap_is_seen_although_a_later_partition_went_well(client, platform):
    ended = {"source": "airflow", "run": RUN, "changed_at": 1.0}
    platform.records.put(
        [Partition(id="airflow@01", key="01", state="failed", error_class="SourceUnavailable", **ended)]
    )
    platform.records.put([Partition(id="airflow@02", key="02", state="committed", **(ended | {"changed_at": 2.0}))])
    assert "1 gap" in client.get("/kintsugi/").text


def test_a_partition_that_is_under_way_is_not_called_empty(client, platform):
    platform.records.put(
        [Partition(id="inbox@all", source="inbox", key="all", state="running", run=RUN, changed_at=1.0)]
    )
    text = client.get("/kintsugi/").text
    assert "under way" in text
    assert "nothing new" not in text


def test_what_was_refused_says_check_value_and_next_step_but_not_the_content(client, platform):
    platform.records.put([quarantined()])
    text = client.get("/kintsugi/").text
    for part in ("bad.pdf", "readable", "a PDF with text", "12 pages of pictures", "<code>ocrmypdf</code>"):
        assert part in text
    assert "sample-of-the-content" not in text
    assert "sample-of-the-content" not in client.get("/kintsugi/api/overview").text


def test_an_incident_tells_its_story_and_leads_to_its_heal_run(client, platform, clock):
    platform.records.put(
        [
            Incident(
                id="i1",
                kind="missing-chunks",
                target="g-1",
                state="resolved",
                opened_at=clock() - 100,
                changed_at=clock(),
                closed_at=clock() - 88,
                outcome="3 chunks are back",
                notified_attempt=2,
                diagnosis={"cause": "deleted by hand"},
                plan=({"action": "rewrite-chunks"},),
                verification={"verified": True},
                history=({"state": "open", "at": clock() - 100, "note": "3 are missing"},),
            ),
            Repair(
                id="i1/1/00/00000",
                incident="i1",
                action="rewrite-chunks",
                target="g-1",
                items=("a", "b", "c"),
                state="done",
                epoch=1,
                run=RUN,
                started_at=clock() - 95,
                ended_at=clock() - 91,
            ),
        ]
    )
    text = client.get("/kintsugi/").text
    for part in (
        "Missing chunks",
        "after 12 s",
        "3 chunks are back",
        "deleted by hand",
        "3 items in 4 s",
        "3 are missing",
    ):
        assert part in text
    assert 'href="/dags/heal/runs/heal__i1__2"' in text
    assert "All is well" not in text, "nothing is served yet, so all is not well"


def test_an_open_incident_is_the_first_thing_to_be_said(client, platform):
    platform.records.put(
        [
            Incident(
                id="i1",
                kind="source-outage",
                target="airflow",
                state="awaiting approval",
                opened_at=1.0,
                changed_at=1.0,
            )
        ]
    )
    text = client.get("/kintsugi/").text
    assert "1 incident open, 1 waiting for" in text
    assert 'href="/required_actions"' in text


def test_hostile_text_stays_text(client, platform):
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
    platform.records.put([quarantined(attack, expected=attack, value=attack, next_step=f"`{attack}` {attack}")])
    platform.records.put(
        [
            Partition(
                id="x",
                source=attack,
                key=attack,
                state="failed",
                error=attack,
                error_class=attack,
                run=RUN,
                changed_at=1.0,
            ),
            Incident(
                id=attack,
                kind=attack,
                target=attack,
                outcome=attack,
                diagnosis={attack: attack},
                plan=({attack: [attack]},),
                history=({"state": attack, "note": attack},),
                opened_at=1.0,
                changed_at=1.0,
            ),
        ]
    )
    text = client.get("/kintsugi/", params={"question": attack}).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "49" not in text.replace(attack, "")


def test_the_browser_is_told_to_run_only_the_apps_own_files(client):
    for path in ("/kintsugi/", "/kintsugi/static/page.css", "/kintsugi/api/overview"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/kintsugi/").headers["cache-control"] == "no-store"


def test_nothing_on_the_page_breaks_its_own_policy(client, platform):
    platform.records.put([quarantined()])
    text = client.get("/kintsugi/").text
    assert "style=" not in text
    assert " on" + "click=" not in text
    assert "<script>" not in text
    assert "//" not in text.replace("http://www.w3.org/2000/svg", ""), "everything is served by the app itself"


def test_every_file_that_the_page_names_is_there(client):
    import re

    named = re.findall(r'(?:href|src)="(/kintsugi/static/[^"]+)"', client.get("/kintsugi/").text)
    assert len(named) >= 5
    assert {client.get(address).status_code for address in named} == {200}


def test_a_path_out_of_the_static_files_leads_nowhere(client):
    for name in ("../app.py", "..%2Fapp.py", "%2e%2e%2fapp.py", "none.css"):
        assert client.get(f"/kintsugi/static/{name}").status_code == 404


def test_a_platform_that_cannot_be_opened_is_explained_kindly(app, client, platform):
    from fastapi.testclient import TestClient

    from kintsugi_airflow.pages.app import make_app
    from kintsugi_airflow.pages.opened import OpenedOnce
    from tests.pages.conftest import mounted

    def refuse():
        raise StoreUnavailable("records /data/records.sqlite: disk full", next_step="free some space")

    broken = make_app(OpenedOnce(refuse))
    broken.dependency_overrides = app.dependency_overrides
    with TestClient(mounted(broken)) as other:
        page = other.get("/kintsugi/", headers={"accept": "text/html"})
        told = other.get("/kintsugi/api/overview")
    assert page.status_code == told.status_code == 503
    assert "disk full" in page.text
    assert "free some space" in page.text
    assert told.json() == {
        "error": "StoreUnavailable",
        "what": "records /data/records.sqlite: disk full",
        "expected": "",
        "got": "",
        "next_step": "free some space",
    }
