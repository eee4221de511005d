"""A source is judged by its own schedule."""

from datetime import UTC, datetime

import pytest

from kintsugi.observe.freshness import ALLOWED, freshness
from kintsugi.records import Partition
from kintsugi.sources.config import SourceConfig
from tests.builders import RUN


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def hourly(schedule: str = "0 * * * *", **changes) -> SourceConfig:
    values = {"name": "ops", "kind": "airflow", "partition": "hour", "schedule": schedule, "connection": "c"}
    return SourceConfig(**(values | changes))


def folder(schedule: str = "@daily") -> SourceConfig:
    return SourceConfig(name="notes", kind="files", schedule=schedule, options={"path": "x"})


def committed(key: str, when: str) -> Partition:
    ended = at(when)
    return Partition(id=key, source="ops", key=key, state="committed", run=RUN, changed_at=ended, committed_at=ended)


def test_an_hour_that_is_over_and_there_is_fresh():
    judged = freshness(hourly(), [committed("2026-11-24T18", "2026-11-24T19:00:30")], at("2026-11-24T19:30"))
    assert (judged.state, judged.newest, judged.due) == ("fresh", "2026-11-24T18", "2026-11-24T18")
    assert judged.at == at("2026-11-24T19:00"), "an hour reaches up to its end, whenever it was taken in"


def test_an_hour_that_has_just_ended_is_due_and_after_a_while_late():
    before = [committed("2026-11-24T17", "2026-11-24T18:00:30")]
    now = at("2026-11-24T19:00")
    assert freshness(hourly(), before, now + 60).state == "due"
    assert freshness(hourly(), before, now + ALLOWED + 60).state == "late"


def test_an_hour_that_usually_takes_longer_is_late_after_that():
    before = [committed("2026-11-24T17", "2026-11-24T18:50")]
    usual = {"2026-11-24T18": at("2026-11-24T19:55")}.get
    assert freshness(hourly(), before, at("2026-11-24T19:50"), usual).state == "due"
    assert freshness(hourly(), before, at("2026-11-24T19:56"), usual).state == "late"


def test_an_hour_that_was_taken_in_while_it_ran_is_not_the_whole_hour():
    part = [committed("2026-11-24T18", "2026-11-24T18:20")]
    judged = freshness(hourly(), part, at("2026-11-24T18:30"))
    assert (judged.state, judged.at) == ("fresh", at("2026-11-24T18:20"))
    assert freshness(hourly(), part, at("2026-11-24T19:30")).state == "late"


def test_a_backfill_of_old_hours_does_not_make_a_source_look_old():
    several = [committed("2026-11-24T18", "2026-11-24T19:00:30"), committed("2026-10-01T00", "2026-11-24T19:10")]
    assert freshness(hourly(), several, at("2026-11-24T19:30")).newest == "2026-11-24T18"


def test_a_schedule_every_six_hours_is_late_after_six_hours_and_not_after_one():
    six = hourly("0 */6 * * *")
    there = [committed("2026-11-24T06", "2026-11-24T12:00:30")]
    assert freshness(six, there, at("2026-11-24T17:50")).state == "fresh"
    assert freshness(six, there, at("2026-11-24T18:20")).state == "late"


def test_a_folder_is_late_when_its_daily_run_did_not_come():
    there = [committed("all", "2026-11-24T09:00")]
    assert freshness(folder(), there, at("2026-11-24T23:00")).state == "fresh"
    assert freshness(folder(), there, at("2026-11-25T00:05")).state == "due"
    assert freshness(folder(), there, at("2026-11-25T00:30")).state == "late"


@pytest.mark.parametrize("schedule", ["", "arrival"])
def test_nothing_is_due_of_what_has_no_times(schedule):
    judged = freshness(folder(schedule), [committed("all", "2026-11-24T09:00")], at("2027-11-24T09:00"))
    assert (judged.state, judged.due, judged.at) == ("unscheduled", "", at("2026-11-24T09:00"))


def test_a_failed_run_is_nothing_that_came():
    failed = Partition(id="x", source="ops", key="2026-11-24T18", state="failed", run=RUN, changed_at=1.0)
    assert freshness(hourly(), [failed], at("2026-11-24T19:30")).state == "never"


def test_a_partition_of_another_cut_counts_by_its_commit():
    assert freshness(hourly(), [committed("all", "2026-11-24T09:00")], at("2026-11-24T09:10")).newest == "all"


def test_a_source_that_stands_in_no_file_owes_nothing():
    assert freshness(None, [committed("%2Fdocs", "2026-11-24T09:00")], at("2026-11-30T09:00")).state == "unscheduled"
