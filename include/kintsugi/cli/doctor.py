"""`kintsugi doctor`: is everything there that the platform needs?"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.laptop.checks import Check
    from kintsugi.laptop.effective import Setting
    from kintsugi.observe.engines import Engine

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Check the machine and the platform, list every setting with its origin; exit code 1 when a check fails."""
    checks, settings, asked = examine()
    console = wide_console()
    if as_json:
        answer = {
            "checks": [asdict(each) for each in checks],
            "engines": [each.to_dict() for each in asked],
            "settings": [asdict(each) for each in settings],
        }
        console.file.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        console.print(check_table(checks))
        if any(each.capabilities for each in asked):
            console.print(capability_table(asked))
        console.print(setting_table(settings))
    if any(each.verdict == "fail" for each in checks):
        raise typer.Exit(1)


def examine() -> tuple[list["Check"], list["Setting"], tuple["Engine", ...]]:
    """Return all checks, settings and engines. Wrong settings are a failed check; nothing else can be checked then."""
    from kintsugi.errors import ConfigurationError
    from kintsugi.laptop.checks import Check, checks_of_the_machine
    from kintsugi.laptop.checks_engines import asked_engines, checks_of_the_engines
    from kintsugi.laptop.checks_running import checks_of_the_platform
    from kintsugi.laptop.effective import Setting, effective_settings
    from kintsugi.settings import known_keys, load_settings

    try:
        settings = load_settings()
    except ConfigurationError as error:
        said = "; ".join(filter(None, (error.what, error.expected and f"expected {error.expected}", error.got)))
        return [Check("settings", "fail", said, error.next_step)], [Setting(key, "", "") for key in known_keys()], ()
    found = effective_settings(settings, os.environ)
    changed = sum(each.origin != "default" for each in found)
    valid = Check("settings", "ok", f"{changed} of {len(found)} differ from the default" if changed else "all default")
    asked = asked_engines(settings)
    of_the_engines = checks_of_the_engines(settings, asked)
    return [valid, *checks_of_the_machine(settings), *of_the_engines, *checks_of_the_platform(settings)], found, asked


def check_table(checks: list["Check"]) -> Table:
    """Return the checks as a table."""
    table = Table("", *folding("check", "found", "next step"), box=None)
    for each in checks:
        verdict = Text(each.verdict, style=STYLES[each.verdict])
        table.add_row(verdict, each.name, Text(each.said, overflow="fold"), Text(each.next_step))
    return table


def capability_table(engines: Iterable["Engine"]) -> Table:
    """Return what was probed of each engine: whether it is there, and whether the platform makes use of it."""
    columns = folding("engine", "offers", "present", "used", "")
    table = Table(*columns, box=None, title="Capabilities", title_justify="left")
    for engine in engines:
        for each in engine.capabilities:
            marks = (
                Text("yes" if said else "no", style="green" if said else "dim") for said in (each.present, each.used)
            )
            table.add_row(engine.engine, each.name, *marks, Text(each.detail, overflow="fold"))
    return table


def setting_table(settings: list["Setting"]) -> Table:
    """Return the settings as a table."""
    table = Table(*folding("setting", "value", "origin"), box=None, title="Settings", title_justify="left")
    for each in settings:
        style = "dim" if each.origin == "default" else "default"
        table.add_row(*(Text(cell, style=style, overflow="fold") for cell in (each.key, each.value, each.origin)))
    return table
