"""The benchmark of backfills: what it makes, without an Airflow."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kintsugi.bench.backfill import EMPTY_EVERY, ROWS_OF_AN_HOUR, SOURCES, make_home, write_history
from kintsugi.documents import intake
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import load_settings
from kintsugi.sources.config import load_sources
from tests.builders import HashEmbedder

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
LAST = FIRST + timedelta(hours=23)


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
