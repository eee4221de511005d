"""`kintsugi quarantine` on a real store."""

import json

import pytest
from typer.testing import CliRunner

from kintsugi.cli.quarantine import quarantine_app
from kintsugi.documents import intake
from kintsugi.errors import TerminalError
from kintsugi.records import RunRef
from kintsugi.sources.registry import open_source


@pytest.fixture
def run_cli(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    (settings.inbox / "empty.md").write_bytes(b"")
    (settings.inbox / "cut.pdf").write_bytes(b"%PDF-1.7 cut")
    intake.fetch(platform, open_source(platform, "inbox"), "all", RunRef(dag="test", run_id="r"))

    def run(*arguments: str) -> str:
        result = CliRunner(env={"COLUMNS": "250"}).invoke(quarantine_app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return run


def test_the_list_says_what_was_refused_and_what_to_do(run_cli):
    shown = run_cli("list")
    assert "empty.md" in shown
    assert "write something into it, or remove it" in shown
    assert "cut.pdf" in shown


def test_the_list_as_json_has_every_field(run_cli):
    answer = json.loads(run_cli("list", "--json"))
    assert answer["count"] == 2
    assert {each["check"] for each in answer["quarantined"]} == {"empty", "damaged"}


def test_one_refusal_is_shown_by_the_beginning_of_its_id(run_cli):
    first = json.loads(run_cli("list", "--json"))["quarantined"][0]
    assert json.loads(run_cli("show", first["id"][:8], "--json")) == first
    assert first["payload"] in run_cli("show", first["id"]).replace("\n", "")


def test_an_unknown_id_says_where_ids_are(run_cli):
    with pytest.raises(TerminalError, match="next: take a longer beginning"):
        run_cli("show", "zzz")
