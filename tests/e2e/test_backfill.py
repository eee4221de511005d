"""A day of another Airflow's history, backfilled twice through the real scheduler."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.airflow_stub import USER, AirflowStub, airflow_stub, dag_run, task_instance

HOURS = 24
AT_ONCE = 4
PATIENCE = 600
"""Seconds for 24 runs of five or six tasks: 60 on two free cores, more where they do something else too."""

IDLE_LOOKS = 8


def history(stub: AirflowStub, first: datetime) -> None:
    """Two runs an hour; every fifth has a task that failed once."""
    for hour in range(HOURS):
        for number in range(2):
            begun = first + timedelta(hours=hour, minutes=10 + 20 * number)
            run_id = f"scheduled__{begun:%Y-%m-%dT%H:%M}"
            times = {"start_date": begun.isoformat(), "end_date": (begun + timedelta(minutes=3)).isoformat()}
            failed = (hour * 2 + number) % 5 == 0
            run = dag_run("orders", run_id, **times, state="failed" if failed else "success")
            stub.runs.append(run)
            state = "failed" if failed else "success"
            stub.task_instances["orders", run_id] = [task_instance("extract", **times, state=state)]
            message = f"extracted {hour * 100 + number} orders from the warehouse"
            stub.logs["orders", run_id, "extract", 1] = [{"event": message, "level": "info"}]


def backfill(running, first: datetime, last: datetime, *, newest_first: bool = False) -> list[dict[str, Any]]:
    """Let Airflow run the hours and wait until it has; return the runs, the first to end first."""
    body = {
        "dag_id": "ingest_airflow",
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "reprocess_behavior": "completed",
        "run_backwards": newest_first,
        "max_active_runs": AT_ONCE,
    }
    answer = running.api.post("/api/v2/backfills", json=body)
    assert answer.status_code == 200, answer.text
    url = f"/api/v2/backfills/{answer.json()['id']}"
    running.eventually(lambda: running.api.get(url).json()["completed_at"], "the end of the backfill", PATIENCE)
    newest = {"run_type": "backfill", "order_by": "-id", "limit": HOURS}
    runs = running.api.get("/api/v2/dags/ingest_airflow/dagRuns", params=newest).json()["dag_runs"]
    return sorted(runs, key=lambda run: run["end_date"])


def test_backfilling_a_day_twice_takes_each_hour_in_once_each_time_and_leaves_the_index_byte_equal(running):
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    first = last - timedelta(hours=HOURS - 1)
    own = running.api.get("/api/v2/connections/kintsugi_airflow").json()
    with airflow_stub() as stub:
        history(stub, first)
        host, port = stub.base_url.removeprefix("http://").split(":")
        other = {"conn_type": "http", "schema": "http", "host": host, "port": int(port)}
        there = {"connection_id": "kintsugi_airflow", **other, "login": USER["username"], "password": USER["password"]}
        assert running.api.patch("/api/v2/connections/kintsugi_airflow", json=there).status_code == 200
        try:
            partitions = [f"{first + timedelta(hours=hour):%Y-%m-%dT%H}" for hour in range(HOURS)]
            arguments = [part for key in partitions for part in ("--partition", key)]

            def served() -> int:
                return running.dump("--source", "airflow", *arguments)["entries"]

            runs = backfill(running, first, last)
            assert {run["state"] for run in runs} == {"success"}
            assert sorted(run["partition_key"] for run in runs) == partitions
            assert runs[0]["partition_key"] in partitions[:AT_ONCE]
            running.eventually(lambda: served() >= 2 * HOURS, "publishing the history", 120)
            quiet(running)
            assert published(running) < HOURS, "each hour called publish, and none waited for another's call"
            once = running.dump("--source", "airflow", *arguments)
            runs = backfill(running, first, last, newest_first=True)
            assert sorted(run["partition_key"] for run in runs) == partitions
            assert runs[0]["partition_key"] in partitions[-AT_ONCE:]
            quiet(running)
            assert running.dump("--source", "airflow", *arguments) == once
        finally:
            secrets = running.secrets
            back = {**there, "host": own["host"], "port": own["port"], "login": secrets["admin_user"]}
            back["password"] = secrets["admin_password"]
            assert running.api.patch("/api/v2/connections/kintsugi_airflow", json=back).status_code == 200


def published(running) -> int:
    """Return how many runs of `publish` there have been."""
    return running.api.get("/api/v2/dags/publish/dagRuns", params={"limit": 1}).json()["total_entries"]


def quiet(running) -> None:
    """Wait until no run of `publish` is under way, nor about to be: an event becomes a run within moments."""
    seen: list[bool] = []

    def idle() -> bool:
        runs = running.api.get("/api/v2/dags/publish/dagRuns", params={"state": ["running", "queued"]}).json()
        seen.append(not runs["dag_runs"])
        return len(seen) >= IDLE_LOOKS and all(seen[-IDLE_LOOKS:])

    running.eventually(idle, "the end of publishing", 120)
