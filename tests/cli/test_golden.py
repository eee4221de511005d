"""`kintsugi golden` and `kintsugi feedback` on a real store."""

import json

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from kintsugi.cli.main import app
from kintsugi.index.publish import publish
from kintsugi.records import Feedback, Partition
from tests.builders import RUN
from tests.cli.test_quarantine import SharedPlatform
from tests.index.corpus import store


@pytest.fixture
def run(platform, clock, monkeypatch):
    all_of_it = Partition(
        id=Partition.key_of("notes", "all"), source="notes", key="all", state="committed", run=RUN, changed_at=1.0
    )
    platform.records.put([all_of_it])
    for name, text in (
        ("backup.md", "The nightly backup copies every database to the vault and checks its digest afterwards."),
        ("deploy.md", "A deployment begins with the canary and stops when its error rate rises above two percent."),
    ):
        store(platform, name, [text])
    clock.advance(60)
    publish(platform, RUN)
    monkeypatch.setenv("KINTSUGI_HOME", str(platform.settings.home))
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_check_shows_what_would_be_asked_and_passes_without_a_file(run):
    result = run("golden", "check")
    assert result.exit_code == 0, result.stderr
    assert "no such file" in result.stdout
    assert "notes/backup.md" in result.stdout


def test_check_names_a_bad_line_and_fails_so_that_a_script_notices(run, platform):
    good = {"query": "how does a deployment begin?", "relevant": ["deploy.md"]}
    platform.settings.golden.write_text(f"{json.dumps(good)}\noops\n")
    result = run("golden", "check", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["good"], len(found["problems"])) == (1, 1)
    assert "line 2" in found["problems"][0]
    assert found["asked"][0] == {"query": good["query"], "origin": "golden", "relevant": ["notes/deploy.md"]}


def test_a_query_does_not_steer_the_terminal(run, platform):
    line = {"query": "deploy \x1b[31m?", "relevant": ["deploy.md"]}
    platform.settings.golden.write_text(json.dumps(line))
    result = run("golden", "check")
    assert "\x1b[31m" not in result.stdout
    assert "x1b" in result.stdout


def test_feedback_takes_the_documents_that_the_answer_cites(run, platform):
    question = "nightly backup copies database vault digest"
    result = run("feedback", "good", question, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["documents"] == ["notes/backup.md"]
    (kept,) = platform.records.scan(Feedback)
    assert (kept.question, kept.useful, kept.who) == (question, True, "")
    assert kept.generation.startswith("g-")


def test_feedback_on_named_documents_twice_is_kept_once_and_the_last_word_counts(run, platform):
    for word in ("good", "good", "bad"):
        result = run("feedback", word, "what stops a deployment?", "--document", "deploy.md")
        assert result.exit_code == 0, result.stderr
    assert "of no use" in result.stdout
    assert [each.useful for each in platform.records.scan(Feedback)] == [False]
    asked = json.loads(run("golden", "check", "--json").stdout)["asked"]
    assert "feedback" not in {each["origin"] for each in asked}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["who is Zaphod?"], "cites nothing"), (["why?", "--document", "never.md"], "'never.md': unknown")],
)
def test_feedback_that_cannot_be_kept_says_why(run, platform, arguments, said):
    result = run("feedback", "good", *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert platform.records.count(Feedback) == 0
