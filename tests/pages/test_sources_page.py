"""What a person sees on the page *Sources*."""

import pytest

from tests.builders import RUN, chunk, document, partition, refused
from tests.pages.conftest import log_in, mounted

SOURCES = "/kintsugi/sources"
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"


def write_sources(settings, text):
    path = settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_fresh_platform_shows_its_sources_and_that_nothing_came_yet(client):
    text = client.get(SOURCES).text
    assert "Nothing has come in yet" in text
    for name in ("source-airflow", "source-runbooks", "source-inbox"):
        assert f'id="{name}"' in text
    assert "kintsugi_airflow" in text, "the connection is named"


def test_a_source_shows_amounts_freshness_refusals_and_where_its_runs_are(client, platform):
    owner = document("a.md", source="inbox")
    run = RUN.model_copy(update={"dag": "ingest_inbox", "run_id": "scheduled__1"})
    platform.records.put([owner, chunk(of=owner), refused(), partition("inbox", "all", written=1, run=run)])
    text = client.get(SOURCES).text
    assert "<strong>1</strong> document " in text
    assert "on demand" in text, "the inbox is taken in when a file arrives"
    assert 'href="/kintsugi/quarantine?source=inbox"' in text
    assert 'href="/dags/ingest_inbox/runs/scheduled__1"' in text
    assert 'href="/dags/ingest_inbox/runs"' in text
    assert 'href="/kintsugi/data-docs/inbox"' in text


def test_a_partition_that_is_held_back_is_the_first_thing_to_be_said_with_its_next_step(client, platform):
    wrong = {"state": "held", "error_class": "DataError", "error": "too much is gone; next: trigger with `accept_loss`"}
    platform.records.put([partition("inbox", "all", **wrong)])
    text = client.get(SOURCES).text
    assert "1 partition missing or held back" in text
    assert "<code>accept_loss</code>" in text


def test_the_chart_has_a_column_for_each_of_the_newest_partitions(client, platform):
    platform.records.put(partition(key=f"2026-10-01T{hour:02}", written=hour, refused=1) for hour in range(24))
    text = client.get(SOURCES).text
    assert text.count("<title>2026-10-01T") == 24
    assert "2026-10-01T07: committed, 7 written, 0 unchanged, 0 deleted, 1 refused" in text


def test_what_is_wrong_in_the_file_stands_on_top_with_file_and_line(client, platform):
    write_sources(platform.settings, "sources:\n  wiki:\n    kind: fils\n")
    text = client.get(SOURCES).text
    assert "sources.yaml, line 3" in text
    assert "1 entry of <code>sources.yaml</code> can&#39;t be used" in text.replace("'", "&#39;")
    assert text.index("sources.yaml, line 3") < text.index('id="sources-title"')


def test_a_file_that_cannot_be_read_is_an_error_on_the_page_and_not_of_the_page(client, platform):
    write_sources(platform.settings, "sources: [")
    assert client.get(SOURCES).status_code == 200


def test_the_json_has_what_the_page_has(client, platform):
    platform.records.put([partition("inbox", "all", written=3)])
    told = client.get("/kintsugi/api/sources").json()
    inbox = next(each for each in told["sources"] if each["source"] == "inbox")
    assert inbox["partitions"][0]["written"] == 3
    assert inbox["freshness"]["state"] == "unscheduled"


def test_hostile_text_stays_text_and_the_page_keeps_its_own_policy(client, platform):
    platform.records.put(
        [partition(ATTACK, ATTACK, state="failed", error=ATTACK, error_class=ATTACK), partition(ATTACK, "b")]
    )
    answer = client.get(SOURCES)
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "49" not in answer.text.replace(ATTACK, "")
    assert "style=" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_stranger_is_led_to_the_login_and_back_to_this_page(stranger):
    answer = stranger.get(SOURCES, headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fkintsugi%2Fsources"


@pytest.fixture
def data_docs(platform):
    folder = platform.settings.var / "data-docs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_data_docs_are_shown_in_a_sandbox_where_they_can_run_and_send_nothing(client, data_docs):
    (data_docs / "inbox.html").write_text("<h1>inbox</h1><script>alert(1)</script>")
    answer = client.get("/kintsugi/data-docs/inbox")
    policy = answer.headers["content-security-policy"].split("; ")
    assert "<h1>inbox</h1>" in answer.text
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not [each for each in policy if each.startswith("script-src")]


@pytest.mark.parametrize("name", ["inbox", "..%2F..%2Fsecrets", "%2Fetc%2Fpasswd", "%3Cscript%3E"])
def test_where_there_are_none_a_page_says_when_there_will_be(client, data_docs, name):
    (data_docs.parent / "secrets.html").write_text("password")
    answer = client.get(f"/kintsugi/data-docs/{name}")
    assert answer.status_code == 404
    assert "password" not in answer.text
    assert "<script>" not in answer.text


def test_data_docs_are_behind_the_login(stranger, data_docs):
    (data_docs / "inbox.html").write_text("<h1>inbox</h1>")
    assert stranger.get("/kintsugi/data-docs/inbox", follow_redirects=False).status_code in (401, 403)


def test_everybody_who_is_logged_in_sees_the_sources(app):
    from fastapi.testclient import TestClient

    log_in(app, "viewer")
    assert TestClient(mounted(app), headers={"accept": "text/html"}).get(SOURCES).status_code == 200
