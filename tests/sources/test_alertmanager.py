"""Alertmanager is asked what fires: what is no answer is an outage, and a source's entry names where it asks."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from kintsugi.documents.intake import ingest
from kintsugi.errors import ConfigurationError, SourceUnavailable, TerminalError
from kintsugi.records import Labels, Partition
from kintsugi.sources.alertmanager.api import AlertmanagerClient
from kintsugi.sources.alertmanager.source import AlertsSource
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.sources.alerts_told import (
    ENTRY,
    HOUR,
    AlertmanagerStub,
    alertmanager_stub,
    at,
    kept,
    listed,
    listing,
    tell,
    told,
)


@pytest.fixture
def source(platform, clock) -> AlertsSource:
    clock.now = at("2026-11-24T19:52:00")
    return AlertsSource("alerts", lambda: platform.records, labels=Labels(), max_bytes=100_000)


@pytest.fixture
def alertmanager() -> Iterator[AlertmanagerStub]:
    with alertmanager_stub() as stub:
        yield stub


# What Alertmanager lists.


def asking(platform, alertmanager, **login: str) -> AlertsSource:
    client = AlertmanagerClient(alertmanager.base_url, **login, timeout=2.0)
    return AlertsSource("alerts", lambda: platform.records, labels=Labels(), max_bytes=100_000, alertmanager=client)


def test_what_fires_now_is_stored_and_stays_when_alertmanager_forgets_it(platform, source, alertmanager):
    alertmanager.answer = listing(listed())
    asked = asking(platform, alertmanager)
    assert len(list(asked.items(HOUR))) == 1
    alertmanager.answer = listing()
    assert len(list(asked.items(HOUR))) == 1
    assert alertmanager.seen[-1]["path"] == "/api/v2/alerts"


def test_a_listed_alert_that_can_not_be_read_is_logged_and_keeps_no_other_out(platform, source, alertmanager):
    alertmanager.answer = listing(listed(startsAt="soon"), listed())
    with capture_logs() as logs:
        assert len(list(asking(platform, alertmanager).items(HOUR))) == 1
    (event,) = [each for each in logs if each["event"] == "alerts_refused"]
    assert event["alerts"] == 1
    assert event["reasons"][0].startswith("alerts.0.startsAt: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b'{"code": 500, "message": "no"}',
        b'[{"labels": {}}]',
        b'[{"labels": {}, "startsAt": "soon"}]',
        b"null",
    ],
)
def test_an_answer_200_that_is_no_listing_is_an_outage(platform, source, alertmanager, body):
    alertmanager.answer = (200, {}, body)
    with pytest.raises(SourceUnavailable, match="answered 200, and no list of alerts"):
        list(asking(platform, alertmanager).items(HOUR))
    assert kept(platform) == []


def test_an_answer_that_lies_about_its_length_is_an_outage(platform, source, alertmanager):
    alertmanager.answer = listing(listed())
    alertmanager.length = 100_000
    with pytest.raises(SourceUnavailable, match="got no whole answer"):
        list(asking(platform, alertmanager).items(HOUR))


def test_an_outage_leaves_a_gap_and_keeps_the_wait_that_was_asked_for(platform, source, alertmanager):
    alertmanager.answer = (503, {"Retry-After": "7"}, b"starting")
    with pytest.raises(SourceUnavailable) as caught:
        ingest(platform, asking(platform, alertmanager), HOUR, RUN)
    assert caught.value.retry_after == 7
    partition = platform.records.get(Partition, Partition.key_of("alerts", HOUR))
    assert (partition.state, partition.error_class) == ("failed", "SourceUnavailable")
    with pytest.raises(SourceUnavailable):
        asking(platform, alertmanager).check()


def test_a_refused_login_is_terminal_and_shows_no_secret(platform, source, alertmanager):
    alertmanager.answer = (401, {}, b"no")
    with pytest.raises(TerminalError, match="answered 401") as caught:
        list(asking(platform, alertmanager, login="ada", secret="s3cret").items(HOUR))
    assert "s3cret" not in str(caught.value)
    assert alertmanager.seen[-1]["Authorization"].startswith("Basic ")


def test_a_token_stands_in_the_password_s_place(platform, source, alertmanager):
    list(asking(platform, alertmanager, secret="t0ken").items(HOUR))
    assert alertmanager.seen[-1]["Authorization"] == "Bearer t0ken"


def test_nobody_there_is_an_outage(platform, source):
    client = AlertmanagerClient("http://127.0.0.1:9", timeout=0.5)
    with pytest.raises(SourceUnavailable, match="got no whole answer"):
        client.check()


# What sources.yaml says.


def test_an_entry_without_a_connection_lives_on_notifications(platform, source):
    write_sources(platform, "")
    opened = open_source(platform, "alerts")
    opened.check()
    tell(platform, told())
    assert len(list(opened.items(HOUR))) == 1


def test_an_entry_with_a_connection_asks_there(platform, source, alertmanager, monkeypatch):
    write_sources(platform, ", connection: am")
    alertmanager.answer = listing(listed())
    monkeypatch.setenv("AIRFLOW_CONN_AM", alertmanager.base_url)
    assert len(list(open_source(platform, "alerts").items(HOUR))) == 1


@pytest.mark.parametrize(("value", "said"), [("", "no connection am"), ('{"conn_type": "http"}', "names no host")])
def test_a_connection_that_leads_nowhere_is_named(platform, source, monkeypatch, value, said):
    write_sources(platform, ", connection: am")
    monkeypatch.setenv("AIRFLOW_CONN_AM", value)
    with pytest.raises(ConfigurationError, match=said):
        open_source(platform, "alerts")


def write_sources(platform, more: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(ENTRY % more)
