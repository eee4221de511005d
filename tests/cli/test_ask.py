"""`kintsugi ask` on the command line."""

import json

import pytest
from typer.testing import CliRunner

from kintsugi.cli.main import app
from kintsugi.cli.quoted import plain, printable


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))


def test_a_source_that_nothing_came_from_is_named(home):
    result = CliRunner().invoke(app, ["ask", "why?", "--source", "nosuch"])
    assert result.exit_code == 1
    assert "'nosuch'" in result.stderr


def test_before_anything_is_served_the_answer_is_that_there_is_no_evidence(home):
    result = CliRunner().invoke(app, ["ask", "why is it late?", "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["evidence"] is False


def test_marks_of_markdown_are_not_shown():
    assert plain("**Never** run `rm`; see [the page](http://x/y).") == "Never run rm; see the page."


def test_a_document_does_not_steer_the_terminal():
    assert printable("red \x1b[31m alert \x07\n") == "red \\x1b[31m alert \\x07\n"
    assert "\x1b" not in plain("**\x1b]0;title\x07**")
