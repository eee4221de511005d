"""`kintsugi golden`: what the golden gate would ask."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.quoted import printable

if TYPE_CHECKING:
    from kintsugi.platform import Platform

golden_app = typer.Typer(no_args_is_help=True)

SHOWN = 20


@dataclass(frozen=True)
class _Asked:
    query: str
    origin: str
    relevant: tuple[str, ...]


@golden_app.callback()
def golden() -> None:
    """The questions that a new generation has to answer."""


@golden_app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="One JSON object; all queries.")] = False) -> None:
    """Check each line of `golden.jsonl` and show which queries the gate would ask; exit code 1 when a line is wrong."""
    from kintsugi.errors import DataError
    from kintsugi.index.gate.from_file import read_golden
    from kintsugi.platform import open_platform

    platform = open_platform()
    try:
        path = platform.settings.golden
        found, good = path.exists(), 0
        problems: list[str] = []
        for each in read_golden(platform.records, path):
            if isinstance(each, DataError):
                problems.append(str(each))
            else:
                good += 1
        asked = _asked(platform)
    finally:
        platform.close()
    if as_json:
        answer = {"file": str(path), "found": found, "good": good, "problems": problems}
        sys.stdout.write(json.dumps({**answer, "asked": [asdict(each) for each in asked]}, ensure_ascii=False) + "\n")
    else:
        lines = f"{good} good lines, {len(problems)} with problems" if found else "no such file; it is yours to write"
        _show(f"{path}: {lines}", asked, problems)
    if problems:
        raise typer.Exit(1)


def _asked(platform: "Platform") -> list[_Asked]:
    from kintsugi.index.gate import golden_queries
    from kintsugi.records import Document

    queries = golden_queries(platform).queries
    documents = platform.records.get_many(Document, {id for query in queries for id in query.grades})
    names = {id: f"{each.source}/{each.external_id}" for id, each in documents.items()}
    return [_Asked(each.text, each.origin, tuple(names.get(id, id) for id in each.grades)) for each in queries]


def _show(file: str, asked: Sequence[_Asked], problems: Sequence[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(Text(printable(problem), style="red"))
    counts = ", ".join(f"{count} {origin}" for origin, count in Counter(each.origin for each in asked).items())
    console.print(Text(f"{file}\nThe gate would ask {len(asked)} queries" + (f": {counts}." if counts else ".")))
    if not asked:
        return
    table = Table("origin", "query", "relevant", box=None)
    for each in asked[:SHOWN]:
        table.add_row(*(Text(printable(said)) for said in (each.origin, each.query, ", ".join(each.relevant))))
    console.print(table)
    if len(asked) > SHOWN:
        console.print(Text(f"… {len(asked) - SHOWN} more with --json.", style="dim"))
