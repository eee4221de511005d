"""`kintsugi patterns export|import`: patterns as SKILL.md folders or as one JSON file, out and in."""

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from kintsugi.cli.pattern_names import AsJson
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import line_console
from kintsugi.cli.words import number_of


def export(
    folder: Annotated[Path, typer.Argument(help="Where to; it is made if it is not there.", show_default=False)],
    state: Annotated[str, typer.Option("--state", help="active, candidate or retired.")] = "active",
    as_json: Annotated[bool, typer.Option("--json", help="One patterns.json instead of SKILL.md folders.")] = False,
) -> None:
    """Write patterns as SKILL.md folders after the Agent Skills specification, with their provenance and evidence."""
    from autorefine.export import patterns_json, write_skills
    from autorefine.pattern import STATES
    from kintsugi.errors import TerminalError
    from kintsugi.expertise.repository import StoredPatterns
    from kintsugi.platform import open_platform

    if state not in STATES:
        raise TerminalError(
            f"patterns: no state is called {state!r}", expected="one of " + ", ".join(STATES), next_step="correct it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with closing(open_platform()) as platform:
        patterns = StoredPatterns(platform.records).all(state)
        if as_json:
            text = patterns_json(patterns)
            (folder / "patterns.json").write_text(text, encoding="utf-8")
            said = f"Written: {folder / 'patterns.json'}, {len(text.encode()):,} bytes."
        else:
            written = len(write_skills(patterns, folder))
            said = f"Written: {number_of(written, 'folder')} below {folder}."
    line_console().print(Text(printable(said)))


def import_(
    path: Annotated[Path, typer.Argument(help="A folder of SKILL.md folders, or a patterns.json.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Take patterns in as candidates: none becomes active before the gates have let it pass here."""
    from kintsugi.expertise.imported import import_patterns
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        made = import_patterns(platform, path)
    console = line_console()
    if as_json:
        console.file.write(json.dumps(asdict(made)) + "\n")
        return
    new = number_of(len(made.new), "new candidate")
    console.print(f"{new}, {len(made.known)} known already, {len(made.refused)} refused.")
    for each in made.refused:
        console.print(Text(printable(f"{each.place}: {each.reason}"), style="yellow"))
