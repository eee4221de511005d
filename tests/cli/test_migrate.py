"""`kintsugi migrate` refuses what would harm, and says what to do."""

import io
import json

import pytest
from rich.console import Console

from kintsugi.cli.migrate import bars
from kintsugi.laptop.lock import SupervisorLock
from kintsugi.migrate.run import mark_path
from kintsugi.platform import Platform
from kintsugi.stores.binding import note_path
from tests.builders import document


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setenv("KINTSUGI_MONGO__URI", "mongodb://127.0.0.1:9")
    monkeypatch.setenv("KINTSUGI_MONGO__TIMEOUT", "0.3")


def test_settings_without_an_engine_are_told_what_to_set(run_cli, settings):
    result = run_cli("migrate")
    assert result.exit_code == 2
    assert "KINTSUGI_MONGO__URI" in result.stderr


def test_a_platform_that_runs_is_not_moved(run_cli, settings, elsewhere):
    lock = SupervisorLock(settings)
    assert lock.acquire()
    result = run_cli("migrate")
    lock.release()
    assert result.exit_code == 1
    assert "kintsugi down" in result.stderr


def test_a_target_that_cannot_be_reached_leaves_everything_where_it_is(run_cli, settings, elsewhere):
    platform = Platform(settings)
    platform.records.put([document()])
    platform.close()
    result = run_cli("migrate")
    assert result.exit_code == 1
    assert not note_path(settings).exists()
    assert not mark_path(settings).exists()


def test_another_unfinished_migration_is_named(run_cli, settings, elsewhere):
    other = {"source": {"records": "", "index": ""}, "target": {"records": "mongodb://other:27017/k", "index": ""}}
    mark_path(settings).write_text(json.dumps(other))
    result = run_cli("migrate")
    assert result.exit_code == 2
    assert "mongodb://other:27017/k" in result.stderr


def test_a_migration_that_was_killed_after_its_switch_is_done(run_cli, settings, elsewhere):
    place = {"records": "mongodb://127.0.0.1:9/kintsugi", "index": ""}
    note_path(settings).write_text(json.dumps(place))
    mark_path(settings).write_text(json.dumps({"source": {"records": "", "index": ""}, "target": place}))
    result = run_cli("migrate")
    assert "nothing to move" in result.stderr
    assert not mark_path(settings).exists()


def test_records_here_and_settings_that_name_a_server_end_every_command_with_the_way_out(run_cli, settings, elsewhere):
    platform = Platform(settings)
    platform.records.put([document()])
    platform.close()
    result = run_cli("quarantine", "list")
    assert result.exit_code == 2
    assert "kintsugi migrate" in result.stderr


@pytest.mark.parametrize("width", [20, 80])
def test_progress_that_goes_into_a_file_is_a_line_for_each_thing_done(width):
    file = io.StringIO()
    with bars(Console(file=file, width=width)) as on_progress:
        for done in (500, 1000):
            on_progress("documents", done, 1001)
        on_progress("index g-95ada4e5-001-with-a-long-name", 12, 12)
        assert file.getvalue() == "documents: 1000 done\n"
    assert file.getvalue().splitlines()[1:] == ["index g-95ada4e5-001-with-a-long-name: 12 done"]
