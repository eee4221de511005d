"""The benchmark of backfills: what it makes, without an Airflow."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kintsugi.airflow_backfills import AirflowBackfills
from kintsugi.bench.backfill import EMPTY_EVERY, ROWS_OF_AN_HOUR, SOURCES, _row, _wait, make_home, write_history
from kintsugi.bench.history_loaded import Loaded, loaded_of
from kintsugi.documents import intake
from kintsugi.errors import TransientError
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import load_settings
from kintsugi.sources.backfill import Backfill
from kintsugi.sources.config import load_sources
from tests.bench.backfills import RunsStub, run_of
from tests.builders import HashEmbedder

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
LAST = FIRST + timedelta(hours=23)


def hour(number: int) -> str:
    """Return the key of an hour of the history."""
    return f"{FIRST + timedelta(hours=number):%Y-%m-%dT%H}"


def take_in(platform: Platform, source: str, hours: int) -> None:
    """Take in the first hours of a source."""
    for key in map(hour, range(hours)):
        intake.ingest(platform, source, key, RunRef(dag="test", run_id=key))


@contextmanager
def airflow_with(stub: RunsStub) -> Iterator[AirflowBackfills]:
    thread = threading.Thread(target=stub.serve_forever, daemon=True)
    thread.start()
    client = AirflowBackfills(f"http://127.0.0.1:{stub.server_port}", "admin", "secret")
    try:
        yield client
    finally:
        client.close()
        stub.shutdown()
        thread.join()
        stub.server_close()


@pytest.fixture
def opened(tmp_path):
    make_home(ROOT, tmp_path / "home")
    write_history(tmp_path / "home" / "history.db", FIRST, LAST)
    settings = load_settings({"KINTSUGI_HOME": str(tmp_path / "home"), "KINTSUGI_VAR": str(tmp_path / "var")})
    platform = Platform(settings).using(embedder=HashEmbedder())
    yield platform
    platform.close()


def test_its_checkout_has_the_same_dags_and_the_two_sources(opened):
    home = opened.settings.home
    assert (home / "dags" / "ingest.py").resolve() == ROOT / "dags" / "ingest.py"
    found = load_sources(opened.settings)
    assert (tuple(found.sources), found.errors) == (SOURCES, ())
    assert {each.partition for each in found.sources.values()} == {"hour"}


def test_each_hour_has_its_rows_and_every_fourth_has_none(opened):
    written = []
    for hour in range(EMPTY_EVERY):
        key = f"{FIRST + timedelta(hours=hour):%Y-%m-%dT%H}"
        done = intake.ingest(opened, "orders", key, RunRef(dag="test", run_id=key))
        written.append(done.written)
    assert written == [ROWS_OF_AN_HOUR] * (EMPTY_EVERY - 1) + [0]


def test_two_days_have_twice_the_rows_of_one(tmp_path):
    day = write_history(tmp_path / "day.db", FIRST, LAST)
    assert write_history(tmp_path / "days.db", FIRST, LAST + timedelta(days=1)) == 2 * day


def test_an_hour_that_another_run_took_in_again_counts_as_twice(opened):
    take_in(opened, "orders", 2)
    backfill = Backfill(7, "orders", (hour(0), hour(1)), 0.0)
    own = [run_of(each, "backfill") for each in backfill.partitions]
    beside = [run_of(hour(0), "scheduled"), run_of(hour(1), "manual", "failed"), run_of(hour(9), "scheduled")]
    history = opened.settings.home / "history.db"
    with airflow_with(RunsStub(*own, *beside)) as airflow:
        row = _row(opened, airflow, backfill, 1.0, history)
    assert (row["partitions"], row["committed"]) == (2, 2)
    assert (row["twice"], row["other_runs"], row["runs_failed"]) == (1, 3, 1)
    assert (row["documents"], row["exact"]) == (2 * ROWS_OF_AN_HOUR, False), "the other hours were never loaded"


def test_documents_that_are_not_the_rows_are_not_exact(opened):
    history = opened.settings.home / "history.db"
    with closing(sqlite3.connect(history)) as at:
        at.execute("DELETE FROM orders WHERE id >= ?", (2 * ROWS_OF_AN_HOUR,))
        at.commit()
    assert not loaded_of(opened, "alarms", history).exact, "nothing was loaded"
    take_in(opened, "orders", 2)
    whole = loaded_of(opened, "orders", history)
    assert whole == Loaded(6, 6, 6)
    assert whole.exact
    with closing(sqlite3.connect(history)) as at:
        at.execute("UPDATE orders SET what = 'something else' WHERE id = 0")
        at.commit()
    changed = loaded_of(opened, "orders", history)
    assert (changed, changed.exact) == (Loaded(6, 6, 5), False)


def test_a_backfill_that_comes_no_further_ends_the_benchmark(opened):
    under_way = Backfill(7, "orders", (hour(0), hour(1)), 0.0)
    told: list[str] = []
    with airflow_with(RunsStub()) as airflow, pytest.raises(TransientError, match=r"no further .* got orders 0/2"):
        _wait(opened, airflow, [under_way], time.monotonic(), told.append, stalled=0.2, poll=0.01)
    assert [each.partition(": ")[2] for each in told] == ["orders 0/2"], "what stays the same is said once"
