"""Airflow's own runs as documents."""

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.partitions import key_at, window_of
from tests.airflow_stub import USER, airflow_stub, dag_run, task_instance

HOUR = "2026-11-24T19"
FAILED_LOG = [
    {"event": "::group::Log message source details", "sources": ["/x"]},
    {"event": "/logs/attempt=1.log"},
    {"event": "::endgroup::"},
    {"event": "Fetching page 3", "level": "info", "timestamp": "2026-11-24T19:10:02Z"},
    {"event": "slow answer", "level": "warning"},
    {
        "event": "Task failed with exception",
        "level": "error",
        "error_detail": [
            {"exc_type": "SourceUnavailable", "exc_value": "orders: answered 503", "frames": []},
            {"exc_type": "HTTPStatusError", "exc_value": "503", "is_cause": True, "frames": []},
        ],
    },
]


@pytest.fixture
def airflow():
    with airflow_stub() as stub:
        stub.runs = [dag_run()]
        stub.task_instances["etl", "manual__1"] = [task_instance(try_number=2, start_date="2026-11-24T19:10:10Z")]
        stub.tries["etl", "manual__1", "fetch"] = [
            task_instance(try_number=1, state="failed"),
            task_instance(try_number=2, start_date="2026-11-24T19:10:10Z", end_date="2026-11-24T19:10:20Z"),
        ]
        stub.logs["etl", "manual__1", "fetch", 1] = FAILED_LOG
        stub.logs["etl", "manual__1", "fetch", 2] = [{"event": "fine", "level": "info"}]
        yield stub


@pytest.fixture
def source(airflow):
    return AirflowSource(AirflowClient(airflow.base_url, **USER))


def test_a_run_that_ended_is_a_readable_document(source):
    (item,) = source.items(HOUR)
    text = item.read().decode()
    assert item.external_id == "etl/manual__1"
    assert item.title == "etl success: manual__1"
    assert "# etl success: manual__1" in text
    assert "after 30.0 s, from 2026-11-24 19:10:00 to 2026-11-24 19:10:30 UTC" in text
    assert "- `fetch` try 1 (@task): failed after 4.0 s: SourceUnavailable: orders: answered 503" in text
    assert "- `fetch` try 2 (@task): success after 10.0 s" in text
    assert "WARNING slow answer" in text
    assert "Caused by: HTTPStatusError: 503" in text
    assert "Fetching page 3" in text
    assert "::group::" not in text
    assert "attempt=1.log" not in text


def test_the_same_run_gives_the_same_document_and_a_known_run_reads_no_logs(source, airflow):
    (first,), (second,) = source.items(HOUR), source.items(HOUR)
    assert airflow.asked("/logs/") == 0
    assert first.raw_digest == second.raw_digest
    assert first.read() == second.read()


def test_a_run_that_ran_again_has_another_digest(source, airflow):
    (before,) = source.items(HOUR)
    airflow.runs = [dag_run(end_date="2026-11-24T19:40:00Z")]
    (after,) = source.items(HOUR)
    assert before.raw_digest != after.raw_digest


def test_runs_carry_the_tries_that_trajectories_are_made_of(source):
    (run,) = source.runs(HOUR)
    assert (run.dag_id, run.state, run.seconds) == ("etl", "success", 30.0)
    assert [(each.try_number, each.state, each.error) for each in run.tasks] == [
        (1, "failed", "SourceUnavailable: orders: answered 503"),
        (2, "success", ""),
    ]


def test_a_long_log_leaves_a_short_account(source, airflow):
    airflow.logs["etl", "manual__1", "fetch", 1] = [
        {"event": f"line {n} " + "x" * 5000, "level": "error"} for n in range(2000)
    ]
    (item,) = source.items(HOUR)
    assert len(item.read()) < 30_000


def test_a_run_whose_logs_are_gone_is_still_told(source, airflow):
    airflow.logs.clear()
    (item,) = source.items(HOUR)
    assert "`fetch` try 1 (@task): failed" in item.read().decode()


def test_an_hour_is_ready_when_it_is_over(source):
    end = window_of("airflow", "hour", HOUR).end.timestamp()
    assert not source.partition_ready(HOUR, end - 1)
    assert source.partition_ready(HOUR, end)
    assert key_at("hour", end - 1) == HOUR


def test_a_key_that_is_no_hour_is_refused(source):
    with pytest.raises(TerminalError, match="like 2026-11-24T19"):
        list(source.items("yesterday"))


def test_an_outage_in_the_middle_is_an_outage(source, airflow):
    items = source.items(HOUR)
    next(items)
    (item,) = source.items(HOUR)
    airflow.failures = [(503, {})]
    with pytest.raises(SourceUnavailable):
        item.read()
