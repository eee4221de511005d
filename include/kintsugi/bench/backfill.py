"""`kintsugi bench backfill`: the history of two sources, hour by hour, through Airflow's own backfills."""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.airflow_backfills import AirflowBackfills
from kintsugi.bench.command import kintsugi
from kintsugi.bench.history_loaded import loaded_of
from kintsugi.bench.output import Row
from kintsugi.errors import TransientError
from kintsugi.index.current import unpublished
from kintsugi.laptop.account import known_secrets
from kintsugi.laptop.state import read_state
from kintsugi.platform import Platform
from kintsugi.settings import Settings, load_settings
from kintsugi.sources.backfill import Backfill, progress_of, start_backfill

SOURCES = ("orders", "alarms")
ROWS_OF_AN_HOUR = 3
EMPTY_EVERY = 4
"""Every so many hours nothing happened."""

AT_ONCE = 4
POLL = 1.0
STALLED = 900.0
"""Seconds in which at least one partition has to be done: one run that waits for its retries may take as long."""

PUBLISHED_WITHIN = 300.0
DONE = ("success", "failed")
_SHARED = ("dags", "plugins", "docs", "airflow_settings.yaml", "kintsugi.toml")

_ENTRY = """
  {name}:
    kind: tables
    partition: hour
    options:
      url: "sqlite:///{{home}}/history.db"
      table: {name}
      key: id
      watermark: at
      title: "{name} {{{{ id }}}}"
      text: "{{{{ what }}}}"
"""


def measure(
    settings: Settings, days: int, *, newest_first: bool = False, say: Callable[[str], None] = lambda _: None
) -> Iterator[Row]:
    """Start a platform in a place of its own, backfill ``days`` days of two sources at once, and yield a row for each.

    The schedules of all DAGs go on meanwhile. ``committed`` counts partitions whose record says so, ``twice`` those
    that more than one successful run took in, whatever started it, ``other_runs`` the runs that no backfill made,
    ``tasks`` the task instances that a process ran for. ``exact`` says that the documents are the rows: as many, each
    saying what its row says (see `Loaded`). ``seconds`` are those until Airflow calls the backfill complete; the row
    *both* has those of the two together, what all processes of the platform computed meanwhile, how often `publish`
    ran, and how long after the last run everything was served.

    Raises:
        TransientError: the platform did not start, a backfill came no further for `STALLED` seconds, or what came in
            was not published.
    """
    with TemporaryDirectory(prefix="kb-") as place:
        home, var = Path(place) / "home", Path(place) / "var"
        last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
        first = last - timedelta(hours=24 * days - 1)
        make_home(settings.home, home)
        history = home / "history.db"
        written = write_history(history, first, last)
        ours = {"KINTSUGI_HOME": str(home), "KINTSUGI_VAR": str(var)}
        try:
            kintsugi({**os.environ, **ours}, "up", "--no-job", "--json")
            *rows, both = _measured(load_settings({**os.environ, **ours}), history, first, last, newest_first, say)
            yield from rows
            yield both | {"exact": bool(both["exact"]) and both["rows"] == written}
        finally:
            kintsugi({**os.environ, **ours}, "down")


def make_home(from_home: Path, home: Path) -> None:
    """Make a checkout with the same DAGs and plugins, and the two sources in its ``sources.yaml``."""
    (home / "include").mkdir(parents=True)
    for name in _SHARED:
        if (from_home / name).exists():
            (home / name).symlink_to(from_home / name)
    entries = "".join(_ENTRY.format(name=name) for name in SOURCES)
    (home / "include" / "sources.yaml").write_text(f"sources:{entries}")


def write_history(path: Path, first: datetime, last: datetime) -> int:
    """Write a table for each source, `ROWS_OF_AN_HOUR` rows an hour but for the empty hours; return how many rows."""
    written = 0
    with closing(sqlite3.connect(path)) as at:
        for place, name in enumerate(SOURCES):
            at.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, at TEXT, what TEXT)")
            rows = list(_rows(name, place, first, last))
            at.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
            written += len(rows)
        at.commit()
    return written


def _rows(name: str, place: int, first: datetime, last: datetime) -> Iterator[tuple[int, str, str]]:
    hours = int((last - first).total_seconds() // 3600) + 1
    for hour in range(hours):
        if (hour + place) % EMPTY_EVERY == EMPTY_EVERY - 1:
            continue
        for number in range(ROWS_OF_AN_HOUR):
            identity = hour * ROWS_OF_AN_HOUR + number
            moment = first + timedelta(hours=hour, minutes=5 + 15 * number)
            said = f"{name} {identity}: station {identity % 17} reported {identity * 37 % 1009} units in hour {hour}."
            yield identity, moment.isoformat(sep=" "), said


def _measured(
    settings: Settings,
    history: Path,
    first: datetime,
    last: datetime,
    newest_first: bool,
    say: Callable[[str], None],
) -> Iterator[Row]:
    secrets = known_secrets(settings)
    platform = Platform(settings)
    airflow = AirflowBackfills(secrets.api_url, secrets.admin_user, secrets.admin_password)
    try:
        begun, before = time.monotonic(), cpu_seconds(settings)
        under_way = [
            start_backfill(platform, airflow, each, first, last, newest_first=newest_first, at_once=AT_ONCE)
            for each in SOURCES
        ]
        seconds = _wait(platform, airflow, under_way, begun, say)
        computed = cpu_seconds(settings) - before
        served = _until_served(platform, airflow)
        rows = [_row(platform, airflow, each, seconds[each.source], history) for each in under_way]
        yield from rows
        yield _both(rows, max(seconds.values()), computed) | {
            "publish_runs": airflow.count_runs("publish"),
            "seconds_to_served": round(served, 1),
        }
    finally:
        airflow.close()
        platform.close()


def _wait(
    platform: Platform,
    airflow: AirflowBackfills,
    under_way: list[Backfill],
    begun: float,
    say: Callable[[str], None],
    *,
    stalled: float = STALLED,
    poll: float = POLL,
) -> Mapping[str, float]:
    seconds: dict[str, float] = {}
    said, moved = "", begun
    done_before: list[tuple[int, bool]] = []
    while len(seconds) < len(under_way):
        found = {each.source: progress_of(platform, airflow, each) for each in under_way}
        passed = time.monotonic() - begun
        for source, progress in found.items():
            if progress.complete:
                seconds.setdefault(source, passed)
        now = ", ".join(f"{source} {each.committed}/{each.partitions}" for source, each in found.items())
        if now != said:
            say(f"{passed:.0f} s: {now}")
            said = now
        done = [(each.committed, each.complete) for each in found.values()]
        if done != done_before:
            done_before, moved = done, time.monotonic()
        elif time.monotonic() - moved > stalled:
            raise TransientError(
                f"bench backfill: it comes no further for {stalled:.0f} s",
                expected="a partition that is done, or a backfill that is complete",
                got=now,
                next_step="the logs of the runs that are left say why",
            )
        time.sleep(poll)
    return seconds


def _until_served(platform: Platform, airflow: AirflowBackfills) -> float:
    """Wait until nothing is left to publish and nobody publishes; return the seconds."""
    begun = time.monotonic()
    while unpublished(platform.records) or airflow.count_runs("publish", "queued", "running"):
        if time.monotonic() - begun > PUBLISHED_WITHIN:
            raise TransientError(
                f"bench backfill: not all is served {PUBLISHED_WITHIN:.0f} s after the last run",
                next_step="the logs of `publish` say why",
            )
        time.sleep(POLL)
    return time.monotonic() - begun


def _row(platform: Platform, airflow: AirflowBackfills, backfill: Backfill, seconds: float, history: Path) -> Row:
    dag = f"ingest_{backfill.source}"
    runs = list(airflow.all_runs(dag))
    loaded = loaded_of(platform, backfill.source, history)
    succeeded = Counter(each["partition_key"] for each in runs if each["state"] == "success" and each["partition_key"])
    progress = progress_of(platform, airflow, backfill)
    tasks = airflow.count_tasks(dag, *DONE)
    return {
        "source": backfill.source,
        "partitions": progress.partitions,
        "committed": progress.committed,
        "twice": sum(count > 1 for count in succeeded.values()),
        "runs_failed": sum(each["state"] == "failed" for each in runs),
        "other_runs": sum(each["run_type"] != "backfill" for each in runs),
        "rows": loaded.rows,
        "documents": loaded.documents,
        "exact": loaded.exact,
        "tasks": tasks,
        "seconds": round(seconds, 1),
        "seconds_per_partition": round(seconds / progress.partitions, 2),
        "tasks_per_second": round(tasks / seconds, 2),
    }


def cpu_seconds(settings: Settings) -> float:
    """Return what the platform's processes have computed so far, those that have ended included."""
    import psutil

    state = read_state(settings)
    if state is None or state.supervisor is None:
        return 0.0
    supervisor = psutil.Process(state.supervisor.pid)
    total = 0.0
    for each in (supervisor, *supervisor.children(recursive=True)):
        try:
            total += sum(each.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total


def _both(rows: list[Row], seconds: float, computed: float) -> Row:
    names = ("partitions", "committed", "twice", "runs_failed", "other_runs", "rows", "documents", "tasks")
    total: dict[str, int] = {name: sum(int(each[name] or 0) for each in rows) for name in names}
    return {
        "source": "both",
        **total,
        "exact": all(bool(each["exact"]) for each in rows),
        "seconds": round(seconds, 1),
        "seconds_per_partition": round(seconds / total["partitions"], 2),
        "tasks_per_second": round(total["tasks"] / seconds, 2),
        "cpu_seconds_per_partition": round(computed / total["partitions"], 2),
    }
