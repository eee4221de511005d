"""The sensor of `watch`: it finds, calls `heal`, and goes on looking."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import TaskDeferred

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import TerminalError
from kintsugi.healing.anomaly import Anomaly, Severity
from kintsugi.healing.incidents import open_incident
from kintsugi.healing.retry import Fail, decide
from kintsugi.index.publish import publish
from kintsugi.records import Incident, Suspect
from kintsugi_airflow import bridge
from kintsugi_airflow.dispatch import start_heal_runs
from kintsugi_airflow.readiness import count_unattended
from kintsugi_airflow.sensors import AnomalySensor
from kintsugi_airflow.triggers import DetectorTrigger
from tests.builders import RUN
from tests.healing.conftest import lose, seed, served
from tests.healing.stubs import StubAirflow


@pytest.fixture
def airflow(monkeypatch):
    airflow = StubAirflow()
    monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", airflow.url.replace("http://", "http://user:password@"))
    yield airflow
    airflow.close()


@pytest.fixture
def damaged(platform, clock, monkeypatch, airflow):
    """A platform that lacks three entries and lets nothing wait; tasks find it through their environment."""
    monkeypatch.setenv("KINTSUGI_HOME", str(platform.settings.home))
    monkeypatch.setenv("KINTSUGI_HEALING__GRACE", "0")
    seed(platform)
    clock.advance(60)
    publish(platform, RUN)
    clock.now = time.time()
    lose(platform, 3)
    return platform


CONTEXT = {
    "ti": SimpleNamespace(dag_id="watch", run_id="run-1", task_id="look", try_number=1),
    "dag_run": SimpleNamespace(dag_id="heal", run_id="by-hand", partition_key=None),
}


def a_sensor():
    return AnomalySensor(task_id="look", detector="missing-chunks", watch_for=130)


def test_a_finding_opens_an_incident_starts_its_heal_run_and_the_watch_goes_on(damaged, airflow):
    until = time.time() + 100
    with pytest.raises(TaskDeferred) as deferred:
        a_sensor().execute_complete(CONTEXT, {"found": 1, "until": until})
    (incident,) = damaged.records.scan(Incident)
    assert airflow.partitions == {f"heal__{incident.id}__1": incident.id}
    assert incident.notified_attempt == 1
    assert (deferred.value.trigger.until, deferred.value.method_name) == (until, "execute_complete")


def test_the_watch_ends_when_its_time_is_over(damaged, airflow):
    assert a_sensor().execute_complete(CONTEXT, {"found": 0, "until": time.time()}) is None
    assert airflow.posts == 0


def test_what_is_attended_to_wakes_nobody(damaged):
    assert count_unattended("missing-chunks") == 1
    with pytest.raises(TaskDeferred):
        a_sensor().execute_complete(CONTEXT, {"found": 1, "until": time.time() + 100})
    assert count_unattended("missing-chunks") == 0
    assert next(_events(time.time() + 0.1))["found"] == 0


def test_what_was_found_before_its_heal_run_could_be_started_is_found_again(damaged, airflow):
    airflow.answer = lambda method, path, sent: (503, {})
    with pytest.raises(Exception, match="answered 503"):
        a_sensor().execute_complete(CONTEXT, {"found": 1, "until": time.time() + 100})
    assert damaged.records.count(Incident) == 1
    assert count_unattended("missing-chunks") == 1


def test_an_attempt_that_follows_the_first_wakes_the_watch(damaged):
    with pytest.raises(TaskDeferred):
        a_sensor().execute_complete(CONTEXT, {"found": 1, "until": time.time() + 100})
    (incident,) = damaged.records.scan(Incident)
    damaged.records.replace(incident.but(attempt=2, state="awaiting approval"))
    assert count_unattended("missing-chunks") == 1


def test_an_escalated_incident_rests_for_as_long_as_the_settings_say(damaged, monkeypatch):
    kind = Anomaly("missing-chunks", served(damaged).id, Severity.DEGRADED, "gone")
    old = open_incident(damaged.records, kind, RUN)
    damaged.records.replace(old.but(state="escalated", closed_at=time.time() - 100))
    assert count_unattended("missing-chunks") == 0
    monkeypatch.setenv("KINTSUGI_HEALING__WINDOW", "50")
    assert count_unattended("missing-chunks") == 1
    with pytest.raises(TaskDeferred):
        a_sensor().execute_complete(CONTEXT, {"found": 1, "until": time.time() + 100})
    assert damaged.records.count(Incident) == 2


def test_the_first_look_comes_at_once_and_a_finding_is_told_at_the_second(damaged, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HEALING__GRACE", "0.1")
    begun = time.time()
    event = next(_events(begun + 100))
    assert (event["found"], event["until"]) == (1, begun + 100)
    assert time.time() - begun < 5
    assert damaged.records.count(Suspect) == 3


def _events(until):
    async def first():
        async for event in DetectorTrigger("missing-chunks", until, poll=0.2).run():
            return event.payload

    yield asyncio.run(first())


def test_an_incident_that_airflow_refuses_does_not_stop_the_others(damaged, airflow):
    opened = [
        open_incident(damaged.records, Anomaly("missing-chunks", target, Severity.DEGRADED, "gone"), RUN)
        for target in ("a", "b", "c")
    ]
    airflow.refused = {f"heal__{opened[0].id}__1"}
    client = AirflowClient(airflow.url, "user", "password")
    with pytest.raises(TerminalError, match="answered 400"):
        start_heal_runs(damaged.records, opened, client)
    client.close()
    assert set(airflow.partitions) == {f"heal__{each.id}__1" for each in opened[1:]}
    notified = {each.id: each.notified_attempt for each in damaged.records.scan(Incident)}
    assert notified == {opened[0].id: 0, opened[1].id: 1, opened[2].id: 1}


def test_no_client_is_left_open(damaged):
    with bridge.connected() as client:
        assert client.run_state("heal", "never-started") is None
    with bridge.opened_source(damaged, "airflow") as source:
        kept = source._client
    assert client._http.is_closed
    assert kept._http.is_closed


def test_a_heal_run_without_an_incident_is_not_tried_again():
    with pytest.raises(TerminalError, match="run by-hand of heal: has no incident") as refused:
        bridge.incident_of(CONTEXT)
    assert isinstance(decide(refused.value, 1), Fail)
