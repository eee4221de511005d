"""Notifications of Alertmanager: taken from who may bring them, and answered when they are stored."""

import json
from typing import Any

import pytest

from kintsugi.errors import StoreUnavailable
from kintsugi.records import ReceivedAlert
from tests.pages.conftest import log_in

PATH = "/kintsugi/api/alerts/alerts"
BEARER = {"authorization": "Bearer x", "accept": "application/json"}
ALERT = {
    "status": "firing",
    "labels": {"alertname": "HighLatency", "severity": "critical"},
    "annotations": {"summary": "p99 over 2 s"},
    "startsAt": "2026-11-24T19:50:00.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph",
    "fingerprint": "c6eadffa33fcdf37",
}
NONE_REFUSED = {"refused": 0, "reasons": []}
ENTRIES = "sources:\n  alerts: {kind: alerts, partition: hour}\n  notes: {kind: files, options: {path: notes}}\n"


def message(*alerts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"version": "4", "receiver": "kintsugi", "status": "firing", "alerts": list(alerts)} | changes


def kept(platform) -> list[ReceivedAlert]:
    return list(platform.records.scan(ReceivedAlert))


@pytest.fixture
def app(app, platform):
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(ENTRIES)
    return app


def test_a_notification_is_stored_before_it_is_answered_and_twice_is_once(client, platform):
    first = client.post(PATH, json=message(ALERT), headers=BEARER)
    assert (first.status_code, first.json()) == (200, {"new": 1, "changed": 0, "known": 0} | NONE_REFUSED)
    again = client.post(PATH, json=message(ALERT), headers=BEARER)
    assert (again.status_code, again.json()) == (200, {"new": 0, "changed": 0, "known": 1} | NONE_REFUSED)
    (alert,) = kept(platform)
    assert (alert.source, alert.name, alert.state) == ("alerts", "HighLatency", "firing")


def test_an_alert_that_is_resolved_ends_the_one_that_fired(client, platform):
    client.post(PATH, json=message(ALERT), headers=BEARER)
    resolved = ALERT | {"status": "resolved", "endsAt": "2026-11-24T20:10:00Z"}
    assert client.post(PATH, json=message(resolved), headers=BEARER).json()["changed"] == 1
    assert [each.state for each in kept(platform)] == ["resolved"]


def test_nobody_logged_in_is_refused(stranger, platform):
    assert stranger.post(PATH, json=message(ALERT), headers=BEARER).status_code in (401, 403)
    assert stranger.post(PATH, json=message(ALERT)).status_code in (401, 403)
    assert kept(platform) == []


def test_a_token_of_who_may_start_the_ingest_is_enough_and_another_is_not(stranger, platform, airflow_database):
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def answer(role: str) -> int:
        token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="alertmanager", role=role))
        return stranger.post(PATH, json=message(ALERT), headers={"authorization": f"Bearer {token}"}).status_code

    assert answer("viewer") == 403
    assert kept(platform) == []
    assert answer("user") == 200
    assert len(kept(platform)) == 1


def test_what_another_site_made_a_browser_send_is_refused(client, platform):
    assert client.post(PATH, json=message(ALERT), headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert kept(platform) == []


@pytest.mark.parametrize("source", ["notes", "nowhere", "airflow"])
def test_a_source_that_is_none_of_alerts_is_not_found(client, platform, source):
    answer = client.post(f"/kintsugi/api/alerts/{source}", json=message(ALERT), headers=BEARER)
    assert answer.status_code == 404
    assert source in answer.json()["detail"]
    assert kept(platform) == []


@pytest.mark.parametrize(
    "body",
    [
        message({"labels": {}}, {}),
        message(ALERT, version="3"),
        {"version": "4"},
        [],
        message(ALERT | {"startsAt": None}),
    ],
)
def test_a_body_that_is_no_notification_is_refused_as_a_whole(client, platform, body):
    answer = client.post(PATH, json=body, headers=BEARER)
    assert answer.status_code == 422
    assert "next: point a webhook_config" in answer.json()["detail"]
    assert kept(platform) == []


def test_an_alert_that_can_not_be_read_keeps_no_other_out(client, platform):
    answer = client.post(PATH, json=message(ALERT | {"startsAt": "soon"}, ALERT), headers=BEARER)
    assert answer.status_code == 200
    assert (answer.json()["new"], answer.json()["refused"]) == (1, 1)
    assert answer.json()["reasons"][0].startswith("alerts.0.startsAt: ")
    assert [each.name for each in kept(platform)] == ["HighLatency"]


def test_a_body_that_is_too_long_is_refused(client, platform):
    from kintsugi_airflow.pages.alerts import LARGEST

    body = json.dumps(message(ALERT | {"annotations": {"summary": "x" * LARGEST}}))
    answer = client.post(PATH, content=body, headers={**BEARER, "content-type": "application/json"})
    assert answer.status_code == 413
    assert "max_alerts" in answer.json()["detail"]
    assert kept(platform) == []


def test_records_that_cannot_be_written_have_it_sent_again(app, client, platform, monkeypatch):
    def refuse(records: Any) -> int:
        raise StoreUnavailable("records: locked")

    monkeypatch.setattr(platform.records, "insert_missing", refuse)
    answer = client.post(
        PATH, content=json.dumps(message(ALERT)), headers={**BEARER, "content-type": "application/json"}
    )
    assert answer.status_code == 503


def test_a_viewer_on_the_page_may_not_bring_alerts(app, client, platform):
    log_in(app, "viewer")
    assert client.post(PATH, json=message(ALERT), headers=BEARER).status_code == 403
    assert kept(platform) == []
