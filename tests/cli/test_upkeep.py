import getpass
import json

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from kintsugi.cli.main import app
from kintsugi.index.publish import publish
from kintsugi.records import Document
from tests.builders import RUN, HashEmbedder
from tests.cli.test_quarantine import SharedPlatform
from tests.upkeep.runbooks import OTHER, RESTORE, take_in
from tests.upkeep.test_upkeep import documents_found


def test_without_findings_nothing_is_proposed(run_cli):
    assert "0 proposed" in run_cli("upkeep", "find").output
    assert "Nothing is proposed" in run_cli("upkeep", "list").output
    assert json.loads(run_cli("upkeep", "list", "--json").output) == {"proposals": []}


def test_an_unknown_proposal_is_said(run_cli):
    shown = run_cli("upkeep", "apply", "nope", "--yes")
    assert shown.exit_code == 1
    assert "nope" in shown.output


def test_an_unknown_state_is_refused(run_cli):
    assert run_cli("upkeep", "list", "--state", "done").exit_code == 2


@pytest.fixture
def documents(platform, monkeypatch):
    """A platform that serves two runbooks which say the same, and what runs `kintsugi` on it."""
    quick = platform.using(embedder=HashEmbedder(dimension=1024))
    take_in(quick, a=RESTORE.format("4.2"), b=RESTORE.format("4.2") + "\nThat is all.\n", c=OTHER)
    monkeypatch.setenv("KINTSUGI_HOME", str(platform.settings.home))
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(quick))
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")

    def run(*arguments: str) -> str:
        result = CliRunner(env={"COLUMNS": "250", "NO_COLOR": "1"}).invoke(app, ["upkeep", *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    return quick, run


def test_what_is_applied_leaves_the_index_and_comes_back_when_it_is_reverted(documents):
    platform, run = documents
    run("find")
    (found,) = json.loads(run("list", "--state", "admitted", "--json"))["proposals"]
    assert "says the same" in run("show", found["id"][:12])
    assert "Applied" in run("apply", found["id"][:12], "--yes")
    publish(platform, RUN)
    assert documents_found(platform, "replica snapshot")["b.md"] == 0
    assert documents_found(platform, "replica snapshot")["a.md"] > 0
    assert "Reverted" in run("revert", found["id"][:12], "--yes")
    publish(platform, RUN)
    assert documents_found(platform, "replica snapshot")["b.md"] > 0
    history = json.loads(run("show", found["id"], "--json"))["history"]
    assert [(each["state"], each["by"]) for each in history[2:]] == [
        ("applying", "ada"),
        ("applied", "ada"),
        ("reverted", "ada"),
    ]


def test_what_is_refused_stays_out_of_the_next_pass(documents):
    platform, run = documents
    run("find")
    (found,) = json.loads(run("list", "--json"))["proposals"]
    assert "Refused" in run("refuse", found["id"])
    assert "0 proposed" in run("find")
    assert documents_found(platform, "replica snapshot")["b.md"] > 0


def test_what_is_held_is_applied_by_one_who_says_that_they_know(documents):
    platform, run = documents
    gone = next(each for each in platform.records.scan(Document) if each.external_id == "c.md")
    platform.records.put([gone.but(id="gone", source="left", version=0)])
    run("find")
    waiting = json.loads(run("list", "--state", "proposed", "--json"))["proposals"]
    held = next(each for each in waiting if each["kind"] == "stale")
    with pytest.raises(AssertionError, match="--although-held"):
        run("apply", held["id"], "--yes")
    assert "Applied" in run("apply", held["id"], "--yes", "--although-held")
    assert json.loads(run("show", held["id"], "--json"))["verdicts"][1]["ruling"] == "hold"
