"""An hour that is missing between others is late; a fresh, paused or sleeping platform has nothing late."""

from datetime import UTC, datetime, timedelta

import pytest

from kintsugi.healing import heal as steps
from kintsugi.healing.detectors import detector_named
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.records import Figures, Incident, Partition, PartitionProfile
from tests.builders import RUN
from tests.healing.stubs import NotesSource, StubNotes

START = datetime(2026, 11, 24, tzinfo=UTC)


def key(hour: int) -> str:
    return f"{START + timedelta(hours=hour):%Y-%m-%dT%H}"


def came(platform, hour, lag=120.0):
    """Store what a committed hour leaves."""
    end = (START + timedelta(hours=hour + 1)).timestamp()
    id = Partition.key_of("airflow", key(hour))
    platform.records.put(
        [Partition(id=id, source="airflow", key=key(hour), state="committed", run=RUN, changed_at=end + lag)]
    )
    profile = PartitionProfile(
        id=id,
        source="airflow",
        key=key(hour),
        state="committed",
        at=end + lag,
        figures=Figures(at=end),
        lag=lag,
        run=RUN,
    )
    platform.records.put([profile])


def late(platform):
    return [(each.target, each.evidence) for each in detector_named(platform, "late-partition").detect()]


@pytest.fixture
def at(clock):
    def set_to(hour, minutes=5.0):
        clock.now = (START + timedelta(hours=hour, minutes=minutes)).timestamp()

    return set_to


def test_an_hour_between_others_is_late_once_it_is_later_than_it_ever_was(platform, at):
    for hour in [*range(9), 10]:
        came(platform, hour, lag=100.0 + hour)
    at(10, minutes=10)
    assert late(platform) == []
    at(11)
    assert late(platform) == [("airflow", (key(9),))]


def test_a_fresh_platform_has_nothing_late(platform, at):
    at(9)
    assert late(platform) == []
    for hour in (1, 2, 5):
        came(platform, hour)
    assert late(platform) == []


def test_a_paused_dag_has_nothing_late(platform, at):
    for hour in range(9):
        came(platform, hour)
    at(20)
    assert late(platform) == []


def test_history_that_was_loaded_later_says_nothing_about_gaps(platform, at):
    for hour in [*range(0, 10), 14, 15]:
        came(platform, hour, lag=90_000.0)
    at(17)
    assert late(platform) == []


def test_an_hour_that_failed_is_held_or_is_under_way_is_not_late(platform, at):
    for hour in [*range(9), 12]:
        came(platform, hour)
    for hour, state in ((9, "failed"), (10, "held"), (11, "running")):
        id = Partition.key_of("airflow", key(hour))
        platform.records.insert(Partition(id=id, source="airflow", key=key(hour), state=state, run=RUN, changed_at=0.0))
    at(14)
    assert late(platform) == []


def test_what_is_late_is_taken_in_and_nothing_else_is(platform, at, sleep):
    notes = StubNotes()
    try:
        for hour in [*range(9), 10]:
            came(platform, hour)
        at(12)
        notes.notes = {key(9): {"a.md": "It came after all."}}
        (incident,) = sweep(platform, RUN, sleep=sleep)
        assert (incident.kind, incident.severity) == ("late-partition", "notice")
        orchestrator = InProcessOrchestrator(platform, RUN, lambda *_: NotesSource(notes.url))
        after = steps.heal(platform, incident.id, RUN, orchestrator, sleep=sleep)
        assert after.state == "resolved", after.outcome
        stored = platform.records.get(Partition, Partition.key_of("airflow", key(9)))
        assert (stored.state, stored.written) == ("committed", 1)
        assert sweep(platform, RUN, sleep=sleep) == []
    finally:
        notes.close()


def test_the_day_that_the_source_had_before_it_had_hours_is_none_of_its_hours(platform, at):
    for hour in range(9):
        came(platform, hour)
    id = Partition.key_of("airflow", "2026-11-25")
    platform.records.insert(
        Partition(id=id, source="airflow", key="2026-11-25", state="committed", run=RUN, changed_at=0.0)
    )
    at(28)
    assert late(platform) == []


def test_an_hour_is_late_by_the_habits_of_its_own_hour(platform, at):
    for hour in (each for each in range(10 * 24 + 4) if each != 10 * 24 + 2):
        came(platform, hour, lag=3 * 3600.0 if hour % 24 == 2 else 60.0)
    at(10 * 24 + 5)
    assert late(platform) == []
    at(10 * 24 + 6, minutes=20)
    assert late(platform) == [("airflow", (key(10 * 24 + 2),))]


def test_hours_of_an_outage_are_no_habit(platform, at):
    for hour in [*range(58), 59]:
        came(platform, hour, lag=5 * 3600.0 if 20 <= hour < 52 else 60.0)
    at(62, minutes=0)
    assert late(platform) == []
    opened, closed = ((START + timedelta(hours=hour)).timestamp() for hour in (20, 57.5))
    platform.records.insert(
        Incident(
            id="outage",
            kind="source-outage",
            target="airflow",
            state="resolved",
            opened_at=opened,
            changed_at=closed,
            closed_at=closed,
        )
    )
    assert late(platform) == [("airflow", (key(58),))]
