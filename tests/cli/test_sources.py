"""`kintsugi sources` on a real store."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from kintsugi.cli.sources import sources_app
from kintsugi.documents import intake
from kintsugi.errors import ConfigurationError, SourceUnavailable
from kintsugi.records import Partition, RunRef
from kintsugi.sources.registry import open_source
from tests.cli.test_quarantine import SharedPlatform

RUN = RunRef(dag="test", run_id="r")


@pytest.fixture
def run_cli(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))

    def run(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner(env={"COLUMNS": "250"}).invoke(sources_app, arguments, catch_exceptions=False)
        assert result.exit_code == exit_code, result.stdout
        return result.stdout

    return run


def sources_file(settings: Any, text: str) -> None:
    path = settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_the_list_has_a_line_for_each_source_with_what_it_brought(run_cli, platform, settings):
    (settings.inbox / "a.md").write_text("Some text.")
    (settings.inbox / "empty.md").write_bytes(b"")
    intake.ingest(platform, open_source(platform, "inbox"), "all", RUN)
    shown = run_cli()
    assert "nothing yet" in shown
    (line,) = (each.split() for each in shown.splitlines() if each.strip().startswith("inbox"))
    assert line[:4] == ["inbox", "files", "on", "demand,"]
    assert line[-6:-2] == ["1", "1", "1", "0"], "documents, chunks, held, gaps"


def test_the_list_says_what_is_wrong_with_a_partition_and_with_the_file(run_cli, platform, settings):
    sources_file(settings, "sources:\n  notes:\n    kind: files\n    options: {path: x}\n  wiki:\n    kind: fils\n")
    wrong = {"state": "failed", "error_class": "SourceUnavailable", "error": "503; next: nothing", "run": RUN}
    platform.records.put([Partition(id="notes@all", source="notes", key="all", changed_at=1.0, **wrong)])
    shown = run_cli()
    assert "sources.yaml, line 6" in shown
    assert "503; next: nothing" in shown


def test_the_list_as_json_has_what_the_page_has(run_cli):
    told = json.loads(run_cli("--json"))
    assert [each["source"] for each in told["sources"]] == ["airflow", "runbooks", "inbox"]
    assert told["sources"][0]["freshness"]["state"] == "never"


def test_a_file_that_is_right_passes_the_check(run_cli):
    assert "3 can be used, 0 can't" in run_cli("check")


def test_a_file_with_an_error_fails_the_check_with_its_line_and_what_would_be_right(run_cli, settings):
    sources_file(settings, "sources:\n  wiki:\n    kind: fils\n")
    shown = run_cli("check", exit_code=2)
    assert "sources.yaml, line 3" in shown
    assert "files, perhaps" in shown
    told = json.loads(run_cli("check", "--json", exit_code=2))
    assert (told["sources"], len(told["errors"])) == ([], 1)


def test_a_file_that_is_no_yaml_fails_the_check(run_cli, settings):
    sources_file(settings, "sources: [")
    assert "can't be read" in run_cli("check", exit_code=2)


def test_a_source_that_answers_is_told_and_one_that_does_not_is_an_error(run_cli, settings):
    assert "inbox answers" in run_cli("probe", "inbox")
    settings.inbox.rmdir()
    with pytest.raises(SourceUnavailable, match="inbox"):
        run_cli("probe", "inbox")


def test_an_unknown_source_is_an_error_that_names_the_known_ones(run_cli):
    with pytest.raises(ConfigurationError, match="airflow, runbooks, inbox"):
        run_cli("probe", "nobody")
