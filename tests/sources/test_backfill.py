"""Loading history through Airflow's backfills: what is asked of Airflow, and what the records say of it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kintsugi.airflow_backfills import AirflowBackfills
from kintsugi.errors import ConfigurationError, SourceUnavailable
from kintsugi.records import Partition, RunRef
from kintsugi.sources.backfill import Backfill, Progress, progress_of, start_backfill

FIRST, LAST = datetime(2026, 11, 1, 0, tzinfo=UTC), datetime(2026, 11, 1, 2, tzinfo=UTC)
HOURS = ("2026-11-01T00", "2026-11-01T01", "2026-11-01T02")


class Asked(BaseHTTPRequestHandler):
    """Airflow's answers about backfills; what it was asked is kept with the server."""

    server: "Airflow"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        if self.path == "/auth/token":
            self._answer(201, {"access_token": "t"})
        elif self.path == "/api/v2/backfills/dry_run":
            self._answer(200, {"backfills": [{"partition_key": each} for each in self.server.planned]})
        else:
            self._answer(self.server.creates, {"id": 7} if self.server.creates == 200 else {"detail": "running"})

    def do_GET(self) -> None:
        self._answer(200, {"id": 7, "completed_at": self.server.completed_at})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Airflow(ThreadingHTTPServer):
    planned: tuple[str, ...] = HOURS
    creates = 200
    completed_at: str | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def body_of(self, path: str) -> dict[str, Any]:
        return next(body for asked, body in self.asked if asked == path)


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    server = Airflow()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(airflow: Airflow) -> Iterator[AirflowBackfills]:
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


def test_a_source_that_is_not_cut_by_time_has_no_history_to_backfill(platform, airflow, client):
    with pytest.raises(ConfigurationError, match="one partition"):
        start_backfill(platform, client, "runbooks", FIRST, LAST)
    assert airflow.asked == []


def test_where_every_hour_has_a_run_already_nothing_is_started(platform, airflow, client):
    airflow.planned = ()
    with pytest.raises(ConfigurationError, match="nothing to backfill"):
        start_backfill(platform, client, "airflow", FIRST, LAST)
    assert [path for path, _ in airflow.asked] == ["/auth/token", "/api/v2/backfills/dry_run"]


def test_an_airflow_that_is_down_is_a_source_that_does_not_answer(platform):
    client = AirflowBackfills("http://127.0.0.1:9", "admin", "secret", timeout=2)
    with pytest.raises(SourceUnavailable):
        start_backfill(platform, client, "airflow", FIRST, LAST)
    client.close()
