"""`kintsugi doctor`: is everything there that the platform needs?"""

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kintsugi.laptop.checks import Check
    from kintsugi.laptop.effective import Setting

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Check the machine and the platform, list every setting with its origin; exit code 1 when a check fails."""
    checks, settings = examine()
    console = Console()
    if as_json:
        answer = {"checks": [asdict(each) for each in checks], "settings": [asdict(each) for each in settings]}
        console.file.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        console.print(check_table(checks))
        console.print(setting_table(settings))
    if any(each.verdict == "fail" for each in checks):
        raise typer.Exit(1)


def examine() -> tuple[list["Check"], list["Setting"]]:
    """Return all checks and settings. Wrong settings are a failed check, and nothing else can be checked then."""
    from kintsugi.errors import ConfigurationError
    from kintsugi.laptop.checks import Check, checks_of_the_machine
    from kintsugi.laptop.checks_running import checks_of_the_platform
    from kintsugi.laptop.effective import Setting, effective_settings
    from kintsugi.settings import known_keys, load_settings

    try:
        settings = load_settings()
    except ConfigurationError as error:
        said = "; ".join(filter(None, (error.what, error.expected and f"expected {error.expected}", error.got)))
        return [Check("settings", "fail", said, error.next_step)], [Setting(key, "", "") for key in known_keys()]
    found = effective_settings(settings, os.environ)
    changed = sum(each.origin != "default" for each in found)
    valid = Check("settings", "ok", f"{changed} of {len(found)} differ from the default" if changed else "all default")
    return [valid, *checks_of_the_machine(settings), *checks_of_the_platform(settings)], found


def check_table(checks: list["Check"]) -> Table:
    """Return the checks as a table."""
    table = Table("", "check", "found", "next step", box=None)
    for each in checks:
        verdict = Text(each.verdict, style=STYLES[each.verdict])
        table.add_row(verdict, each.name, Text(each.said, overflow="fold"), Text(each.next_step))
    return table


def setting_table(settings: list["Setting"]) -> Table:
    """Return the settings as a table."""
    table = Table("setting", "value", "origin", box=None, title="Settings", title_justify="left")
    for each in settings:
        style = "dim" if each.origin == "default" else "default"
        table.add_row(*(Text(cell, style=style, overflow="fold") for cell in (each.key, each.value, each.origin)))
    return table
