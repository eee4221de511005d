"""Loading history through Airflow's backfills: what is asked of Airflow, and what the records say of it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kintsugi.airflow_backfills import AirflowBackfills
from kintsugi.errors import ConfigurationError, SourceUnavailable
from kintsugi.records import Partition, RunRef
from kintsugi.sources.backfill import Backfill, Progress, progress_of, span_of, start_backfill
from kintsugi.sources.registry import config_of
from tests.sources.backfills_stub import BackfillsStub

FIRST, LAST = datetime(2026, 11, 1, 0, tzinfo=UTC), datetime(2026, 11, 1, 2, tzinfo=UTC)
HOURS = ("2026-11-01T00", "2026-11-01T01", "2026-11-01T02")


@pytest.fixture
def airflow() -> Iterator[BackfillsStub]:
    server = BackfillsStub()
    server.planned = HOURS
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(airflow: BackfillsStub) -> Iterator[AirflowBackfills]:
    made = AirflowBackfills(f"http://127.0.0.1:{airflow.server_port}", "admin", "secret")
    yield made
    made.close()


def partition(key: str, state: str, at: float, committed_at: float | None = None) -> Partition:
    run = RunRef(dag="ingest_airflow", run_id=f"backfill__{key}")
    identity = Partition.key_of("airflow", key)
    return Partition(
        id=identity, source="airflow", key=key, state=state, run=run, changed_at=at, committed_at=committed_at
    )


def test_airflow_is_asked_for_the_hours_in_the_order_that_was_chosen(platform, airflow, client):
    started = start_backfill(platform, client, "airflow", FIRST, LAST, newest_first=True, at_once=2)
    assert (started.id, started.partitions) == (7, HOURS)
    body = airflow.body_of("/api/v2/backfills")
    assert (body["dag_id"], body["run_backwards"], body["max_active_runs"]) == ("ingest_airflow", True, 2)
    assert body["reprocess_behavior"] == "none"
    assert (body["from_date"], body["to_date"]) == (FIRST.isoformat(), LAST.isoformat())


def test_the_records_say_how_far_it_is_and_what_was_committed_before_does_not_count(platform, airflow, client, clock):
    platform.records.put([partition(HOURS[0], "committed", clock(), clock())])
    clock.advance(10)
    under_way = Backfill(7, "airflow", HOURS, clock())
    assert progress_of(platform, client, under_way) == Progress(3, 0, 0, complete=False)
    clock.advance(10)
    platform.records.put([partition(HOURS[0], "committed", clock(), clock()), partition(HOURS[1], "held", clock())])
    airflow.completed_at = "2026-11-02T00:00:00Z"
    assert progress_of(platform, client, under_way) == Progress(3, 1, 1, complete=True)


def test_a_second_backfill_of_a_source_has_to_wait(platform, airflow, client):
    airflow.creates = 409
    with pytest.raises(ConfigurationError, match="another one is under way"):
        start_backfill(platform, client, "airflow", FIRST, LAST)


@pytest.mark.parametrize(("paused", "said"), [(True, "is paused"), (None, "has no DAG")])
def test_a_dag_that_would_not_run_is_named_before_anything_is_asked_for(platform, airflow, client, paused, said):
    airflow.paused = paused
    with pytest.raises(ConfigurationError, match=said):
        start_backfill(platform, client, "airflow", FIRST, LAST)
    assert [path for path, _ in airflow.asked] == ["/auth/token"]


MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNDER_WAY = {"id": 7, "from_date": FIRST.isoformat(), "to_date": LAST.isoformat(), "created_at": MADE.isoformat()}


def run_of(key: str, queued_at: datetime) -> dict[str, Any]:
    return {
        "dag_run_id": f"backfill__{key}",
        "state": "queued",
        "partition_key": key,
        "queued_at": queued_at.isoformat(),
    }


def test_the_same_backfill_asked_for_again_is_followed_and_none_is_started(platform, airflow, client):
    airflow.known = ({**UNDER_WAY, "completed_at": None}, {**UNDER_WAY, "id": 3, "completed_at": MADE.isoformat()})
    before = datetime(2026, 11, 19, tzinfo=UTC)
    airflow.runs = (run_of(HOURS[0], before), run_of(HOURS[1], MADE), run_of(HOURS[2], MADE))
    followed = start_backfill(platform, client, "airflow", FIRST, LAST)
    assert followed == Backfill(7, "airflow", HOURS[1:], MADE.timestamp(), found=True)
    assert [path for path, _ in airflow.asked] == ["/auth/token"]


def test_a_backfill_of_other_times_that_is_under_way_is_named_with_them(platform, airflow, client):
    airflow.known = ({**UNDER_WAY, "completed_at": None},)
    with pytest.raises(ConfigurationError, match="follow it: --from 2026-11-01T00 --to 2026-11-01T02"):
        start_backfill(platform, client, "airflow", FIRST, LAST.replace(hour=5))


def test_one_that_has_ended_keeps_nobody_from_another(platform, airflow, client):
    airflow.known = ({**UNDER_WAY, "completed_at": MADE.isoformat()},)
    assert start_backfill(platform, client, "airflow", FIRST, LAST).found is False


def test_where_every_hour_has_a_run_already_nothing_is_started(platform, airflow, client):
    airflow.planned = ()
    with pytest.raises(ConfigurationError, match="nothing to backfill"):
        start_backfill(platform, client, "airflow", FIRST, LAST)
    assert [path for path, _ in airflow.asked] == ["/auth/token", "/api/v2/backfills/dry_run"]


NOW = datetime(2026, 11, 3, 10, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def hourly(platform):
    return config_of(platform.settings, "airflow")


@pytest.mark.parametrize("first", ["2026-11-01", "2026-11-01T00", "2026-11-01 00:00", "2026-11-01T00:00:00"])
def test_a_day_names_all_its_hours_and_an_hour_is_written_as_a_partition_is(hourly, first):
    assert span_of(hourly, first, "2026-11-02", NOW) == (FIRST, datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC))
    assert span_of(hourly, first, "2026-11-01T02", NOW) == (FIRST, datetime(2026, 11, 1, 2, 59, 59, tzinfo=UTC))


def test_of_a_day_that_goes_on_the_hours_that_are_over_are_meant(hourly):
    assert span_of(hourly, "2026-11-03", "2026-11-03", NOW)[1] == datetime(2026, 11, 3, 9, 59, 59, tzinfo=UTC)


def test_the_hours_of_a_day_are_that_day_for_a_daily_source(hourly):
    daily = hourly.model_copy(update={"partition": "day"})
    assert span_of(daily, "2026-11-01T07", "2026-11-02", NOW) == (FIRST, datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-02", "2026-11-01", "end before it begins"),
        ("2026-11-01T05", "2026-11-01T04", "end before it begins"),
        ("2026-11-01", "2026-11-03T10", "hour 2026-11-03T10 is not over"),
        ("2026-11-04", "2026-11-05", "is not over"),
        ("yesterday", "2026-11-01", "'yesterday' is no time"),
        ("2026-11-01", "2026-13-01", "'2026-13-01' is no time"),
    ],
)
def test_times_that_can_not_be_meant_are_refused_with_what_can(hourly, first, last, said):
    with pytest.raises(ConfigurationError, match=said):
        span_of(hourly, first, last, NOW)


def test_a_source_that_is_not_cut_by_time_has_no_history_to_backfill(platform):
    with pytest.raises(ConfigurationError, match="one partition"):
        span_of(config_of(platform.settings, "runbooks"), "2026-11-01", "2026-11-02", NOW)


def test_an_airflow_that_is_down_is_a_source_that_does_not_answer(platform):
    client = AirflowBackfills("http://127.0.0.1:9", "admin", "secret", timeout=2)
    with pytest.raises(SourceUnavailable):
        start_backfill(platform, client, "airflow", FIRST, LAST)
    client.close()
