"""Some hours of two tables' history, loaded twice beside their schedules by the command that a person types."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kintsugi.bench.backfill import SOURCES, make_home, write_history
from tests.e2e.conftest import ROOT, START, Running

HOURS = 6
"""Of each source, the one that the schedule takes in included."""

ENTRY = """
  {name}:
    kind: tables
    partition: hour
    schedule: "{minute} * * * *"
    options:
      url: "sqlite:///{{home}}/history.db"
      table: {name}
      key: id
      watermark: at
      overlap_seconds: 0
      text: "{{{{ what }}}}"
"""

AT_ONCE = 2
PATIENCE = 600
IDLE_LOOKS = 8


@pytest.fixture(scope="module")
def hourly() -> Iterator[Running]:
    """A platform of its own whose sources are two tables, an hour a partition; their schedules are due at the start."""
    with tempfile.TemporaryDirectory(prefix="k-backfill-") as folder:  # PostgreSQL may run as a user of its own
        home, var = Path(folder) / "home", Path(folder) / "var"
        make_home(ROOT, home)
        now = datetime.now(UTC)
        soon = (now + timedelta(minutes=1)).minute
        entries = "".join(ENTRY.format(name=name, minute=soon) for name in SOURCES)
        (home / "include" / "sources.yaml").write_text(f"sources:{entries}")
        hour = now.replace(minute=0, second=0, microsecond=0)
        write_history(home / "history.db", hour - timedelta(hours=HOURS + 2), hour)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("KINTSUGI_", "AIRFLOW"))}
        platform = Running(var, {**clean, "KINTSUGI_HOME": str(home), "KINTSUGI_VAR": str(var)}, {})
        try:
            platform.report = platform.json("up", "--no-job", timeout=START)
            yield platform
        finally:
            platform.kintsugi("down")


def runs_of(platform: Running, source: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return a DAG's newest runs."""
    found = platform.api.get(f"/api/v2/dags/ingest_{source}/dagRuns", params={"limit": 100, **wanted}).json()
    return found["dag_runs"]


def typed(source: str, first: str, last: str, *more: str) -> list[str]:
    """Return the command as a person types it."""
    command = [str(Path(sys.executable).parent / "kintsugi"), "sources", "backfill", source, "--from", first]
    return [*command, "--to", last, "--at-once", str(AT_ONCE), "--json", *more]


def begun_and_killed(platform: Running, source: str, first: str, last: str) -> int:
    """Type the command, end it with SIGKILL once Airflow has its backfill, and return that one's id."""

    def made() -> list[dict[str, Any]]:
        found = platform.api.get("/api/v2/backfills", params={"dag_id": f"ingest_{source}"}).json()
        return found["backfills"]

    with subprocess.Popen(typed(source, first, last), env=platform.environment, cwd=ROOT) as command:
        (backfill,) = platform.eventually(made, "the backfill")
        command.kill()
    return int(backfill["id"])


def backfill(platform: Running, source: str, first: str, last: str, *more: str) -> dict[str, Any]:
    """Type the command and return what it says in the end."""
    command = typed(source, first, last, *more)
    done = subprocess.run(
        command, env=platform.environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def both(platform: Running, spans: dict[str, tuple[str, str]], *more: str) -> dict[str, dict[str, Any]]:
    """Load both sources at the same time."""
    with ThreadPoolExecutor(len(spans)) as pool:
        asked = {source: pool.submit(backfill, platform, source, *span, *more) for source, span in spans.items()}
        return {source: each.result() for source, each in asked.items()}


def started_in_order(runs: list[dict[str, Any]], *, newest_first: bool) -> bool:
    """Return whether each run started when it was its turn, give or take those that run at the same time."""
    started = [run["partition_key"] for run in sorted(runs, key=lambda run: run["start_date"])]
    turns = sorted(started, reverse=newest_first)
    return all(abs(turn - turns.index(key)) < AT_ONCE for turn, key in enumerate(started))


def test_two_sources_are_backfilled_twice_beside_their_schedules_and_the_index_stays_byte_equal(hourly):
    spans, keys = {}, {}
    for source in SOURCES:
        (own, *_) = hourly.eventually(lambda s=source: runs_of(hourly, s, run_type="scheduled"), f"a run of {source}")
        last = datetime.strptime(own["partition_key"], "%Y-%m-%dT%H")
        keys[source] = [f"{last - timedelta(hours=n):%Y-%m-%dT%H}" for n in reversed(range(HOURS))]
        spans[source] = (keys[source][0], keys[source][-1])

    killed = begun_and_killed(hourly, SOURCES[0], *spans[SOURCES[0]])
    said = both(hourly, spans)
    assert said[SOURCES[0]]["backfill"] == killed, "typed again, the command follows what is under way"
    for source in SOURCES:
        told = said[source]
        assert (told["partitions"], told["committed"], told["failed"], told["not_run"]) == (HOURS - 1, HOURS - 1, 0, 0)
        runs = [run for run in runs_of(hourly, source) if run["partition_key"] in keys[source]]
        assert sorted(run["partition_key"] for run in runs) == keys[source], "each hour once, whoever took it in"
        hourly.eventually(
            lambda s=source: all(run["state"] == "success" for run in runs_of(hourly, s)),
            "the end of the schedule's run",
        )
        loaded = [run for run in runs if run["run_type"] == "backfill"]
        assert len(loaded) == HOURS - 1
        assert started_in_order(loaded, newest_first=False)
    quiet(hourly)
    published = publish_runs(hourly)
    assert published < 2 * HOURS, "each hour called publish, and none waited for another's call"
    once = dumps(hourly, keys)
    assert all(each["entries"] for each in once.values())

    begun = datetime.now(UTC)
    said = both(hourly, spans, "--again", "completed", "--newest-first")
    for source in SOURCES:
        assert (said[source]["partitions"], said[source]["committed"]) == (HOURS, HOURS)
        runs = runs_of(hourly, source, run_type="backfill")
        again = [run for run in runs if datetime.fromisoformat(run["start_date"]) >= begun]
        assert sorted(run["partition_key"] for run in again) == keys[source], "each hour once more, and no other"
        assert {run["state"] for run in again} == {"success"}
        assert started_in_order(again, newest_first=True)
    quiet(hourly)
    assert publish_runs(hourly) == published, "hours that have not changed call nobody"
    assert dumps(hourly, keys) == once


def dumps(platform: Running, keys: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Return digest and number of entries of what is served of each source's hours."""
    return {
        source: platform.dump("--source", source, *(part for key in hours for part in ("--partition", key)))
        for source, hours in keys.items()
    }


def publish_runs(platform: Running) -> int:
    """Return how many runs of `publish` there have been."""
    return platform.api.get("/api/v2/dags/publish/dagRuns", params={"limit": 1}).json()["total_entries"]


def quiet(platform: Running) -> None:
    """Wait until no run of `publish` is under way, nor about to be: an event becomes a run within moments."""
    seen: list[bool] = []

    def idle() -> bool:
        runs = platform.api.get("/api/v2/dags/publish/dagRuns", params={"state": ["running", "queued"]}).json()
        seen.append(not runs["dag_runs"])
        return len(seen) >= IDLE_LOOKS and all(seen[-IDLE_LOOKS:])

    platform.eventually(idle, "the end of publishing", PATIENCE)
