"""`kintsugi sources backfill`, as it is typed, against Airflow's answers over HTTP and a real store."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import kintsugi.platform as platform_module
from kintsugi.cli import backfill as command
from kintsugi.laptop.atomic import write_json
from kintsugi.records import Partition, RunRef
from tests.cli.test_quarantine import SharedPlatform
from tests.sources.backfills_stub import BackfillsStub

NOW = datetime(2026, 11, 3, 10, 30, tzinfo=UTC).timestamp()
HOURS = ("2026-11-01T00", "2026-11-01T01", "2026-11-01T02")
SPAN = ("--from", "2026-11-01T00", "--to", "2026-11-01T02")
MADE = "2026-11-03T10:00:00+00:00"


@pytest.fixture
def airflow(platform, clock, run_cli, monkeypatch) -> Iterator[BackfillsStub]:
    """An Airflow whose backfill takes each planned hour in while the command looks on."""
    clock.now = NOW
    server = BackfillsStub()
    server.planned = HOURS
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    known = dict.fromkeys(("admin_user", "admin_password", "jwt_secret", "fernet_key", "api_secret_key"), "x" * 64)
    write_json(platform.settings.secrets_path, {**known, "api_url": f"http://127.0.0.1:{server.server_port}"})
    platform.settings.secrets_path.chmod(0o600)
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))
    waiting = iter(HOURS)

    def look_again(_: float) -> None:
        clock.advance(60)
        server.troubled, server.to_come = server.to_come, 0
        key = next(waiting, None)
        if key is not None:
            platform.records.put([partition(key, "failed" if key in server.failing else "committed", clock())])
        if key in (HOURS[-1], None):
            server.completed_at = "2026-11-03T11:00:00Z"

    server.failing, server.to_come = (), 0
    monkeypatch.setattr(command.time, "sleep", look_again)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def partition(key: str, state: str, at: float) -> Partition:
    identity, run = Partition.key_of("airflow", key), RunRef(dag="ingest_airflow", run_id=f"backfill__{key}")
    committed = at if state == "committed" else None
    values: dict[str, Any] = {"source": "airflow", "key": key, "state": state, "run": run, "changed_at": at}
    return Partition(id=identity, committed_at=committed, **values)


def test_it_stays_until_the_backfill_has_ended_and_says_what_was_taken_in(airflow, run_cli):
    done = run_cli("sources", "backfill", "airflow", *SPAN, "--newest-first", "--at-once", "2")
    assert done.exit_code == 0, done.output
    assert "3 of 3 partitions of airflow are committed." in done.output
    body = airflow.body_of("/api/v2/backfills")
    assert (body["dag_id"], body["run_backwards"], body["max_active_runs"]) == ("ingest_airflow", True, 2)
    assert (body["from_date"], body["to_date"]) == ("2026-11-01T00:00:00+00:00", "2026-11-01T02:59:59+00:00")


def test_a_partition_that_failed_is_exit_code_1_and_says_what_to_type_next(airflow, run_cli):
    airflow.failing = HOURS[:1]
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 1
    assert "2 of 3 partitions of airflow are committed, 1 failed or are held" in done.output
    assert "--again failed" in done.output


def test_partitions_that_were_never_run_are_told_from_those_that_were(airflow, run_cli):
    airflow.completed_at = MADE
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 1
    assert "0 of 3 partitions of airflow are committed; 3 were not run: was it cancelled?" in done.output


def test_the_result_as_json_is_one_object(airflow, run_cli):
    done = run_cli("sources", "backfill", "airflow", *SPAN, "--json")
    told = json.loads(done.stdout)
    assert told.pop("seconds") >= 0
    counts = {"partitions": 3, "committed": 3, "failed": 0, "not_run": 0}
    assert told == {"source": "airflow", "backfill": 7, "complete": True, **counts}


def test_an_airflow_that_does_not_answer_for_a_while_ends_nothing(airflow, run_cli):
    airflow.to_come = 2
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 0, done.output
    assert "3 of 3 partitions of airflow are committed." in done.output


def test_an_airflow_that_stays_silent_is_an_outage_in_the_end(airflow, run_cli, monkeypatch):
    monkeypatch.setattr(command, "SILENCE", -1.0)
    airflow.to_come = 100
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 1
    assert "/api/v2/backfills/7 answered 500" in done.output


def test_without_waiting_it_says_that_airflow_goes_on(airflow, run_cli):
    done = run_cli("sources", "backfill", "airflow", *SPAN, "--no-wait")
    assert done.exit_code == 0
    assert "0 of 3 partitions of airflow are committed; Airflow goes on" in done.output


def test_typed_again_after_it_was_killed_it_follows_the_backfill_that_is_under_way(airflow, run_cli):
    span = {"from_date": "2026-11-01T00:00:00Z", "to_date": "2026-11-01T02:59:59Z"}
    airflow.known = ({"id": 7, **span, "created_at": MADE, "completed_at": None},)
    airflow.runs = tuple(
        {"dag_run_id": f"backfill__{key}", "state": "queued", "partition_key": key, "queued_at": MADE} for key in HOURS
    )
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 0, done.output
    assert "Backfill 7 of airflow is under way already: 3 partitions." in done.output
    assert "3 of 3 partitions of airflow are committed." in done.output
    assert [path for path, _ in airflow.asked] == ["/auth/token"], "nothing was started"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", *SPAN), "unknown source 'nobody'"),
        (("runbooks", *SPAN), "no history to load by parts"),
        (("airflow", "--from", "2026-11-02", "--to", "2026-11-01"), "would end before it begins"),
        (("airflow", "--from", "2026-11-01", "--to", "2026-11-09T00"), "is not over"),
        (("airflow", "--from", "last week", "--to", "2026-11-01"), "'last week' is no time"),
    ],
)
def test_what_can_not_be_backfilled_is_exit_code_2_and_asks_airflow_for_nothing(airflow, run_cli, arguments, said):
    done = run_cli("sources", "backfill", *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert airflow.asked == []


def test_a_paused_dag_is_no_endless_wait(airflow, run_cli):
    airflow.paused = True
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 2
    assert "kintsugi airflow dags unpause ingest_airflow" in done.output


def test_a_platform_that_was_never_started_is_told_to_be(platform, clock, run_cli, monkeypatch):
    clock.now = NOW
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))
    done = run_cli("sources", "backfill", "airflow", *SPAN)
    assert done.exit_code == 2
    assert "kintsugi up" in done.output
