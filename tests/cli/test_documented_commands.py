"""Every `kintsugi …` command that a page, a DAG or a message tells people to type exists, with its options."""

import re
from pathlib import Path

import pytest
import typer

from kintsugi.cli.lazy import load
from kintsugi.cli.main import Kintsugi

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("dags/*.py"), *ROOT.glob("include/**/*.py")]
PAGES += [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("plugins/**/*.html"), ROOT / "airflow_settings.yaml"]
QUOTED = re.compile(
    r"`(?:\.venv/bin/)?kintsugi ([a-z][^`\n]*)`|^\s*(?:\.venv/bin/|\$ )?kintsugi ([a-z][^\n]*)$", re.MULTILINE
)
REST = re.compile(r"\s*(?:[|#;>&(…].*)$")


def documented() -> list[tuple[str, str]]:
    found = {}
    for page in PAGES:
        for match in QUOTED.finditer(page.read_text()):
            command = REST.sub("", match.group(1) or match.group(2)).strip()
            if command:
                found.setdefault(command, str(page.relative_to(ROOT)))
    return sorted(found.items())


def known_options(command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


def complaint(text: str) -> str:
    """Return what is wrong with a documented command; "" when nothing is."""
    words = re.sub(r"\[|\]", " ", text).split()
    name = words.pop(0)
    if name not in Kintsugi.lazy:
        return f"no command {name!r}"
    command = load(name, Kintsugi.lazy[name])
    if hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"{name} has no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known_options(command)]
    return f"unknown options {unknown}" if unknown else ""


def test_there_are_many_documented_commands():
    assert len(documented()) > 15


@pytest.mark.parametrize(("command", "page"), documented(), ids=lambda value: value[:40])
def test_a_documented_command_exists(command, page):
    assert complaint(command) == "", f"{page}: `kintsugi {command}`"


@pytest.mark.parametrize("command", ["fly", "index conut", "ask --loud", "up --no-jobs"])
def test_a_command_that_does_not_exist_would_be_noticed(command):
    assert complaint(command)


def test_every_command_is_loadable():
    for name, lazy in Kintsugi.lazy.items():
        assert isinstance(load(name, lazy), typer.core.TyperCommand | typer.core.TyperGroup)
