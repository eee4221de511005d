"""Fault 1: a source refuses or answers 503."""

import random

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.intake import ingest
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.healing import heal as steps
from kintsugi.healing.actions.wait_for_source import LONGEST_PAUSE
from kintsugi.healing.detectors import detector_named
from kintsugi.healing.incidents import open_incidents
from kintsugi.healing.orchestrator import AirflowOrchestrator, InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.index.publish import publish
from kintsugi.records import Document, Partition, Repair, RunRef
from tests.builders import RUN
from tests.healing.conftest import snapshot
from tests.healing.stubs import NotesSource, StubAirflow, StubNotes

LATER = RunRef(dag="test", run_id="run-2")
HOURS = ("2026-11-24T08", "2026-11-24T09", "2026-11-24T10")


@pytest.fixture
def stub():
    stub = StubNotes()
    for number, hour in enumerate(HOURS):
        stub.notes[hour] = {f"note-{number}.md": f"# Note {number}\nThe pump of line {number} was restarted."}
    yield stub
    stub.close()


@pytest.fixture
def source(stub):
    return NotesSource(stub.url)


@pytest.fixture
def orchestrator(platform, source):
    return InProcessOrchestrator(platform, RUN, opener=lambda platform, name: source)


def fail_all(platform, stub, source, hours=HOURS):
    stub.down = len(hours)
    for hour in hours:
        with pytest.raises(SourceUnavailable):
            ingest(platform, source, hour, RUN)


def heal(platform, incident, orchestrator, sleep, run=RUN):
    return steps.heal(platform, incident.id, run, orchestrator, rng=random.Random(0), sleep=sleep)


def states(platform):
    return {each.key: each.state for each in platform.records.scan(Partition)}


def test_an_outage_leaves_a_gap_that_is_filled_exactly_once_it_is_over(platform, stub, source, orchestrator, sleep):
    ingest(platform, source, HOURS[0], RUN)
    publish(platform, RUN)
    sleep(60)
    fail_all(platform, stub, source, HOURS[1:])
    (incident,) = sweep(platform, RUN, sleep=sleep)
    assert (incident.kind, incident.target, incident.evidence) == ("source-outage", "airflow", HOURS[1:])
    stub.down, stub.requests = 6, 0
    after = heal(platform, incident, orchestrator, sleep)
    assert after.state == "resolved", after.outcome
    assert set(states(platform).values()) == {"committed"}
    assert platform.records.count(Document, {"deleted_at": None}) == 3
    filled = [line.items for line in platform.records.scan(Repair) if line.action == "backfill-gap"]
    assert filled == [HOURS[1:]]
    assert len(snapshot(platform)) == 3


def test_a_dead_source_is_probed_once_a_pause_and_the_pauses_grow(platform, stub, source, orchestrator, clock):
    fail_all(platform, stub, source)
    (incident,) = sweep(platform, RUN, sleep=clock.advance)
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        clock.advance(seconds)

    stub.down, stub.requests = 8, 0
    heal(platform, incident, orchestrator, sleep)
    assert len(pauses) == 7, "the first of eight refusals is the diagnosis"
    assert pauses[-1] > pauses[0] * 4
    assert max(pauses) <= LONGEST_PAUSE


def test_patience_ends_and_a_person_gets_the_incident(platform, stub, source, orchestrator, sleep, clock):
    fail_all(platform, stub, source)
    (incident,) = sweep(platform, RUN, sleep=sleep)
    stub.down = 10_000
    begun = clock.now
    after = heal(platform, incident, orchestrator, sleep)
    assert after.state == "escalated"
    assert "still not there after" in after.outcome
    assert clock.now - begun <= platform.settings.healing.source_patience
    assert stub.requests < 60
    assert set(states(platform).values()) == {"failed"}


def test_the_waiting_survives_a_change_of_process_and_does_not_start_anew(platform, stub, source, orchestrator, clock):
    fail_all(platform, stub, source)
    (incident,) = sweep(platform, RUN, sleep=clock.advance)
    stub.down = 10_000
    rng = random.Random(0)
    steps.diagnose(platform, incident.id, RUN, orchestrator)
    steps.plan(platform, incident.id, RUN)
    begun = clock.now
    pieces = 0
    while wait := steps.repair(platform, incident.id, RUN.model_copy(update={"try_number": pieces}), orchestrator, rng):
        clock.advance(wait.seconds)
        pieces += 1
    assert pieces > 10
    assert clock.now - begun <= platform.settings.healing.source_patience
    assert steps.undo(platform, incident.id, RUN, orchestrator, rng).state == "undone"
    assert steps.close(platform, incident.id, RUN).state == "escalated"


def test_hours_that_fail_while_it_waits_are_filled_too(platform, stub, source, orchestrator, clock):
    fail_all(platform, stub, source, HOURS[:1])
    (incident,) = sweep(platform, RUN, sleep=clock.advance)

    def sleep(seconds):
        clock.advance(seconds)
        if HOURS[1] not in states(platform):
            fail_all(platform, stub, source, HOURS[1:2])

    stub.down = 2
    after = heal(platform, incident, orchestrator, sleep)
    assert after.state == "resolved", after.outcome
    assert states(platform) == {HOURS[0]: "committed", HOURS[1]: "committed"}


def test_a_gap_that_somebody_filled_meanwhile_is_no_work(platform, stub, source, orchestrator, sleep):
    fail_all(platform, stub, source, HOURS[:1])
    (incident,) = sweep(platform, RUN, sleep=sleep)
    ingest(platform, source, HOURS[0], LATER)
    assert heal(platform, incident, orchestrator, sleep).outcome == "passed by itself"
    assert platform.records.count(Repair) == 0


def test_a_partition_that_failed_for_another_reason_is_no_outage(platform, sleep):
    platform.records.put(
        [
            Partition(
                id=Partition.key_of("airflow", hour), source="airflow", key=hour, state="failed", error_class=kind,
                run=RUN, changed_at=1.0,
            )
            for hour, kind in zip(HOURS, ("TerminalError", "DataError", ""), strict=True)
        ]
    )  # fmt: skip
    assert detector_named(platform, "source-outage", grace=0).detect() == []


def test_healing_again_starts_nothing(platform, stub, source, orchestrator, sleep):
    fail_all(platform, stub, source, HOURS[:1])
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, orchestrator, sleep)
    ledger, stub.requests = list(platform.records.scan(Repair)), 0
    heal(platform, incident, orchestrator, sleep, run=LATER)
    assert (list(platform.records.scan(Repair)), stub.requests) == (ledger, 0)
    assert sweep(platform, RUN, sleep=sleep) == list(open_incidents(platform.records)) == []


def test_a_source_that_goes_away_again_is_waited_for_and_then_given_to_a_person(platform, stub, source, sleep, clock):
    class Fickle(InProcessOrchestrator):
        def run_partition(self, source, partition, key):
            stub.down = 1
            return super().run_partition(source, partition, key)

    fail_all(platform, stub, source, HOURS[:1])
    (incident,) = sweep(platform, RUN, sleep=sleep)
    fickle = Fickle(platform, RUN, opener=lambda platform, name: source)
    after = heal(platform, incident, fickle, sleep)
    assert after.state == "escalated"
    assert "still go on after" in after.outcome
    assert "answered 503" in after.outcome
    assert states(platform) == {HOURS[0]: "failed"}


class AirflowWithSource(AirflowOrchestrator):
    """The stub is no registered source: it is asked directly."""

    def __init__(self, platform, client, source) -> None:
        super().__init__(platform, client)
        self._source = source

    def check_source(self, source: str) -> None:
        self._source.check()


@pytest.fixture
def airflow(platform):
    airflow = StubAirflow()
    yield airflow
    airflow.close()


@pytest.fixture
def remote(platform, airflow, source):
    client = AirflowClient(airflow.url, "user", "password")
    yield AirflowWithSource(platform, client, source)
    client.close()


def end_runs(platform, airflow, state):
    """All runs end; those that succeed have committed their partition, as the tasks of `ingest_airflow` do."""
    for run_id, partition in airflow.partitions.items():
        airflow.states[run_id] = state
        if state == "success":
            record = platform.records.get(Partition, Partition.key_of("airflow", partition))
            platform.records.replace(record.but(state="committed"))


def test_airflow_runs_each_missing_partition_once_under_a_name_of_its_own(
    platform, stub, source, airflow, remote, clock
):
    fail_all(platform, stub, source, HOURS[:2])
    (incident,) = sweep(platform, RUN, sleep=clock.advance)
    waits = 0

    def sleep(seconds):
        nonlocal waits
        waits += 1
        clock.advance(seconds)
        if waits == 3:
            end_runs(platform, airflow, "success")

    after = heal(platform, incident, remote, sleep)
    assert after.state == "resolved", after.outcome
    assert sorted(airflow.partitions.values()) == list(HOURS[:2])
    assert set(airflow.partitions) == {f"heal__{incident.id}__1__{hour}" for hour in HOURS[:2]}
    assert airflow.posts == 2


def test_a_run_that_exists_already_is_not_started_again(platform, stub, source, airflow, remote):
    fail_all(platform, stub, source, HOURS[:1])
    assert remote.run_partition("airflow", HOURS[0], "key") is True
    assert remote.run_partition("airflow", HOURS[0], "key") is False
    assert remote.partition_state("airflow", HOURS[0], "key") == "running"
    assert remote.partition_state("airflow", HOURS[0], "other") == "absent"


def test_a_failed_backfill_run_ends_at_a_person(platform, stub, source, airflow, remote, clock):
    fail_all(platform, stub, source, HOURS[:1])
    (incident,) = sweep(platform, RUN, sleep=clock.advance)

    def sleep(seconds):
        clock.advance(seconds)
        end_runs(platform, airflow, "failed")

    after = heal(platform, incident, remote, sleep)
    assert after.state == "escalated"
    assert "look at the failed run of ingest_airflow" in after.outcome


def test_an_incident_without_a_playbook_is_named(platform, orchestrator):
    from kintsugi.healing.playbooks import playbook_for

    with pytest.raises(TerminalError, match="no playbook for incidents of kind 'strange'"):
        playbook_for("strange")
