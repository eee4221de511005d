"""What `kintsugi ingest` shows."""

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from kintsugi.cli.ingest import ingest, outcome_table
from kintsugi.errors import ConfigurationError
from kintsugi.records import Partition, RunRef


def test_the_table_shows_what_came_in_and_what_became_of_it():
    partition = Partition(
        id="cli@/x",
        source="cli",
        key="/x",
        state="committed",
        run=RunRef(dag="cli", run_id="r"),
        changed_at=1.0,
        seen=7,
        written=5,
        refused=2,
    )
    console = Console(width=80)
    with console.capture() as capture:
        console.print(outcome_table(partition, {"generation": "g1", "embedded": 12, "batches": []}))
    shown = [" ".join(line.split()) for line in capture.get().splitlines()]
    assert "documents written 5" in shown
    assert "documents and rows refused 2" in shown
    assert "index: embedded 12" in shown


def test_a_mistyped_path_leaves_no_trace_that_healing_could_take_for_an_outage(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    app = typer.Typer()
    app.command()(ingest)
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        CliRunner().invoke(app, ["/nope/typo"], catch_exceptions=False)
    assert platform.records.count(Partition) == 0


def test_a_pair_of_one_engine_elsewhere_and_one_embedded_is_said_when_it_is_noted(
    run_cli, settings, mongo_server, mongo_database, monkeypatch
):
    monkeypatch.setenv("KINTSUGI_MONGO__URI", mongo_server.uri)
    monkeypatch.setenv("KINTSUGI_MONGO__DATABASE", mongo_database)
    first = run_cli("ingest", "/nope/typo")
    assert f"records are in {mongo_server.uri}/{mongo_database}" in first.stdout
    assert str(settings.index_path) in first.stdout
    assert "kintsugi migrate --only index" in first.stdout
    assert "engines.mixed" in first.stderr
    again = run_cli("ingest", "/nope/typo")
    assert "kintsugi migrate" not in again.stdout + again.stderr
