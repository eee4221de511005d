"""Which failed partitions are a gap, and how their runs are started."""

import random

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.intake import ingest, mark_failed
from kintsugi.errors import SourceUnavailable
from kintsugi.healing import heal as steps
from kintsugi.healing.detectors import detector_named
from kintsugi.healing.gap import gap_of
from kintsugi.healing.incidents import get_incident, mark_notified, revive_stalled
from kintsugi.healing.ingest_runs import start_ingest
from kintsugi.healing.orchestrator import AirflowOrchestrator, InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.records import Partition, RunRef
from tests.builders import RUN
from tests.healing.stubs import NotesSource, StubAirflow, StubNotes

HOUR = "2026-11-24T08"


@pytest.fixture
def airflow():
    airflow = StubAirflow()
    yield airflow
    airflow.close()


@pytest.fixture
def remote(platform, airflow):
    client = AirflowClient(airflow.url, "user", "password")
    yield AirflowOrchestrator(platform, client)
    client.close()


def unavailable(platform, source, partition, run=RUN):
    return mark_failed(platform, source, partition, SourceUnavailable(f"source {source}: away"), run)


def test_what_a_person_named_on_the_command_line_is_no_outage_of_a_source(platform, sleep):
    unavailable(platform, "cli", "/mnt/unplugged")
    assert sweep(platform, RUN, sleep=sleep) == []
    assert gap_of(platform, "cli") == []


@pytest.mark.parametrize("source", ["inbox", "runbooks"])
def test_airflow_backfills_a_source_that_has_one_partition_without_a_key(platform, airflow, remote, sleep, source):
    unavailable(platform, source, "all")
    (incident,) = sweep(platform, RUN, sleep=sleep)
    run = f"heal__{incident.id}__1__all"

    def end_run(seconds):
        sleep(seconds)
        airflow.states[run] = "success"
        record = platform.records.get(Partition, Partition.key_of(source, "all"))
        platform.records.replace(record.but(state="committed"))

    after = steps.heal(platform, incident.id, RUN, remote, rng=random.Random(0), sleep=end_run)
    assert after.state == "resolved", after.outcome
    assert airflow.partitions == {run: None}


def test_an_hour_is_triggered_with_its_key_and_may_be_taken_in_unfinished(airflow):
    client = AirflowClient(airflow.url, "user", "password")
    assert start_ingest(client, "airflow", HOUR, "up__1", unfinished=True) is True
    assert start_ingest(client, "airflow", HOUR, "up__1", unfinished=True) is False
    client.close()
    assert airflow.partitions == {"up__1": HOUR}


def test_a_partition_whose_task_is_tried_again_is_no_gap_yet(platform, clock):
    detector = detector_named(platform, "source-outage")
    unavailable(platform, "airflow", HOUR)
    assert detector.detect() == []
    record = platform.records.get(Partition, Partition.key_of("airflow", HOUR))
    clock.advance(5)
    running = platform.records.replace(record.but(state="running", error_class="", changed_at=clock.now))
    assert detector.detect() == []
    platform.records.replace(running.but(state="failed", error_class="SourceUnavailable", changed_at=clock.now))
    clock.advance(9)
    assert detector.detect() == []
    clock.advance(platform.settings.healing.grace)
    assert [anomaly.evidence for anomaly in detector.detect()] == [(HOUR,)]


def test_a_backfill_whose_partition_another_run_took_over_waits_for_that_run(platform, airflow, remote):
    unavailable(platform, "airflow", HOUR)
    remote.run_partition("airflow", HOUR, "heal__x__1")
    record = platform.records.get(Partition, Partition.key_of("airflow", HOUR))
    other = RunRef(dag="ingest_airflow", run_id="scheduled__1")
    taken = platform.records.replace(record.but(state="running", run=other))
    airflow.states["heal__x__1"] = "failed"
    assert remote.partition_state("airflow", HOUR, "heal__x__1") == "running"
    platform.records.replace(taken.but(state="committed"))
    assert remote.partition_state("airflow", HOUR, "heal__x__1") == "committed"


def test_patience_counts_from_the_first_attempt(platform, clock):
    stub = StubNotes()
    source = NotesSource(stub.url)
    orchestrator = InProcessOrchestrator(platform, RUN, opener=lambda platform, name: source)
    stub.down = 10_000
    with pytest.raises(SourceUnavailable):
        ingest(platform, source, HOUR, RUN)
    (incident,) = sweep(platform, RUN, sleep=clock.advance)
    mark_notified(platform.records, incident.id, 1)
    steps.diagnose(platform, incident.id, RUN, orchestrator)
    steps.plan(platform, incident.id, RUN)
    begun = clock.now
    attempt = 1
    while wait := steps.repair(platform, incident.id, RUN, orchestrator, random.Random(attempt)):
        clock.advance(wait.seconds)
        if attempt < 3:
            clock.advance(platform.settings.healing.lease * 3)
            (revived,) = revive_stalled(platform.records, platform.settings.healing, RUN)
            attempt = mark_notified(platform.records, incident.id, revived.attempt).attempt
    stub.close()
    assert attempt == 3
    assert clock.now - begun <= platform.settings.healing.source_patience
    assert "still not there after" in get_incident(platform.records, incident.id).verification["reason"]
