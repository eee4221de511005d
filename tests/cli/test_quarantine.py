"""`kintsugi quarantine` on a real store."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from kintsugi.cli.quarantine import quarantine_app
from kintsugi.documents import intake
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Document, Quarantined, RunRef
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.sources.registry import open_source


class SharedPlatform:
    """The test's platform, whose embedder is quick; a command closes its own, this one goes on."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def close(self) -> None:
        """The fixture closes it."""


@pytest.fixture
def run_cli(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    (settings.inbox / "empty.md").write_bytes(b"")
    (settings.inbox / "cut.pdf").write_bytes(b"%PDF-1.7 cut")
    intake.fetch(platform, open_source(platform, "inbox"), "all", RunRef(dag="test", run_id="r"))

    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))

    def run(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner(env={"COLUMNS": "250"}).invoke(quarantine_app, arguments, catch_exceptions=False)
        assert result.exit_code == exit_code
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


def held(run_cli, item: str) -> dict[str, Any]:
    return next(each for each in json.loads(run_cli("list", "--json"))["quarantined"] if each["item"] == item)


def test_a_mended_file_is_released_taken_in_and_published(run_cli, platform, settings):
    commit(platform)
    (settings.inbox / "empty.md").write_text("# Mended\n\nText.")
    id = held(run_cli, "empty.md")["id"]
    answer = json.loads(run_cli("release", id, "--json").splitlines()[-1])
    assert answer["quarantined"]["state"] == "released"
    assert answer["published"]["written"] == 1
    generation = serving(platform.records)
    assert generation is not None
    assert platform.index.count(generation.id) == 1
    with pytest.raises(TerminalError, match="is released already"):
        run_cli("release", id)


def test_what_is_refused_again_stays_held_and_says_so(run_cli, platform):
    commit(platform)
    shown = run_cli("release", held(run_cli, "empty.md")["id"], exit_code=1)
    assert "empty.md is still refused" in shown
    assert "write something into it" in shown
    assert held(run_cli, "empty.md")["state"] == "held"


def test_a_secret_is_released_only_to_who_says_yes_to_its_being_quoted(run_cli, platform, settings, monkeypatch):
    commit(platform)
    (settings.inbox / "key.md").write_text("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY8a7bQ2xTzL\n")
    intake.ingest(platform, "inbox", "all", RunRef(dag="test", run_id="secret"))
    refusal = platform.records.get(Quarantined, held(run_cli, "key.md")["id"])
    refused = CliRunner().invoke(quarantine_app, ["release", refusal.id], input="n\n")
    assert refused.exit_code == 1
    assert "whoever may read inbox will find it and be quoted it as it is" in refused.output
    assert platform.records.get(Quarantined, refusal.id).state == "held"
    assert "is released" in run_cli("release", refusal.id, "--yes").replace("\n", " ")


def test_nothing_is_released_while_its_partition_is_being_taken_in(run_cli):
    with pytest.raises(ConflictError, match="run test/r is taking it in right now"):
        run_cli("release", held(run_cli, "empty.md")["id"])


def test_a_file_from_anywhere_is_released_by_its_path(run_cli, platform, tmp_path):
    folder = tmp_path / "100% elsewhere"
    folder.mkdir()
    (folder / "bad.md").write_bytes(b"")
    source, partition = adhoc_source(platform.settings, folder, "cli")
    intake.ingest(platform, source, partition, RunRef(dag="cli", run_id="1"))
    (folder / "bad.md").write_text("Mended.")
    (refusal,) = platform.records.scan(Quarantined, {"source": "cli"})
    assert "is released" in run_cli("release", refusal.id).replace("\n", " ")
    assert [Path(each.external_id).name for each in platform.records.scan(Document)] == ["bad.md"]


def test_a_chunk_that_the_index_refused_is_offered_to_it_again(run_cli, platform, settings, clock):
    commit(platform)
    (settings.inbox / "good.md").write_text("Good text.")
    intake.ingest(platform, "inbox", "all", RunRef(dag="test", run_id="good"))
    (document,) = platform.records.scan(Document)
    refusal = next(iter(platform.records.scan(Quarantined))).but(
        id="0123", version=0, check="index", partition="", document=document.id
    )
    platform.records.put([refusal])
    clock.advance(1000)
    answer = json.loads(run_cli("release", "0123", "--json").splitlines()[-1])
    assert answer["quarantined"]["state"] == "released"
    (offered,) = platform.records.scan(Document)
    assert offered.changed_at == clock()


def test_a_dropped_refusal_is_out_of_the_list_and_names_who_dropped_it(run_cli, platform):
    commit(platform)
    first = held(run_cli, "empty.md")
    dropped = json.loads(run_cli("drop", first["id"][:8], "--json"))
    assert (dropped["state"], bool(dropped["by"])) == ("dropped", True)
    intake.ingest(platform, "inbox", "all", RunRef(dag="test", run_id="again"))
    assert json.loads(run_cli("list", "--json"))["count"] == 1


def commit(platform: Platform) -> None:
    """End the run that the fixture has begun."""
    intake.ingest(platform, "inbox", "all", RunRef(dag="test", run_id="committed"))
