"""`kintsugi sources`: what each source brings, whether the file is right, and whether a source answers."""

import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.backfill import backfill
from kintsugi.cli.cells import cells
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import folding

if TYPE_CHECKING:
    from kintsugi.observe.sources_view import FileError, SourceSeen, SourcesView
    from kintsugi.records import CellFigures

MISCONFIGURED = 2

sources_app = typer.Typer(help="What each source brings; check the file, ask a source.", no_args_is_help=False)
sources_app.command("backfill")(backfill)
sources_app.command("cells")(cells)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@sources_app.callback(invoke_without_command=True)
def list_sources(context: typer.Context, as_json: AsJson = False) -> None:
    """Show freshness, volume, refusals and the last run of each source."""
    if context.invoked_subcommand:
        return
    from kintsugi.observe.sources_view import sources_view
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        view = sources_view(platform)
    console = Console()
    if as_json:
        console.file.write(json.dumps(asdict(view), ensure_ascii=False, default=_plain) + "\n")
        return
    for error in view.errors:
        console.print(_wrong(error))
    console.print(_table(view) if view.sources else "No source is configured, and nothing was brought by hand.")
    for seen in view.sources:
        for trouble in seen.troubles:
            text = Text(f"{seen.source}, partition {printable(trouble.partition)}: ", style="bold red")
            console.print(text.append(printable(trouble.error or trouble.state), style="default"))
        if seen.cells is not None and seen.cells.cells:
            console.print(_wrong_cells(seen.source, seen.cells))


@sources_app.command("check")
def check(as_json: AsJson = False) -> None:
    """Check `sources.yaml`: what can't be used is named with file and line; exit code 2 when something is."""
    from kintsugi.errors import ConfigurationError
    from kintsugi.settings import load_settings
    from kintsugi.sources.config import load_sources, sources_path

    settings = load_settings()
    usable: tuple[str, ...] = ()
    try:
        file = load_sources(settings)
        usable, errors = tuple(file.sources), file.errors
    except ConfigurationError as unreadable:
        errors = (unreadable,)
    console = Console()
    if as_json:
        facts = [{"what": e.what, "expected": e.expected, "got": e.got, "next_step": e.next_step} for e in errors]
        told = {"file": str(sources_path(settings)), "sources": usable, "errors": facts}
        console.file.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for error in errors:
            console.print(_wrong(error))
        console.print(Text(f"{sources_path(settings)}: {len(usable)} can be used, {len(errors)} can't."))
    if errors:
        raise typer.Exit(MISCONFIGURED)


@sources_app.command("probe")
def probe(name: Annotated[str, typer.Argument(help="The source.")]) -> None:
    """Ask a source whether it answers: it logs in, and reads nothing."""
    from kintsugi.platform import open_platform
    from kintsugi.sources.registry import open_source

    with closing(open_platform()) as platform:
        source = open_source(platform, name)
        try:
            source.check()
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()
    Console().print(Text(f"{name} answers."))


def _table(view: "SourcesView") -> Table:
    table = Table(
        *folding("source", "kind", "freshness", "documents", "chunks", "held", "gaps", "last run (UTC)"), box=None
    )
    for seen in view.sources:
        table.add_row(
            seen.source,
            seen.kind if seen.enabled or not seen.registered else f"{seen.kind}, off",
            _freshness(seen, view.at),
            str(seen.documents),
            str(seen.chunks),
            str(seen.refused),
            str(seen.gaps + seen.held),
            f"{datetime.fromtimestamp(seen.runs[0].at, UTC):%m-%d %H:%M}" if seen.runs else "none",
        )
    return table


def _freshness(seen: "SourceSeen", now: float) -> Text:
    known = seen.freshness
    age = "" if known.at is None else f", {max(now - known.at, 0) / 3600:.1f} h old"
    words = {"never": "nothing yet", "unscheduled": "on demand"}.get(known.state, known.state)
    return Text(words + age, style="red" if known.state == "late" else "default")


def _wrong_cells(source: str, seen: "CellFigures") -> Text:
    text = Text(f"{source}: {seen.cells} cells of {seen.rows} rows contradict the others", style="yellow")
    if seen.refused:
        text.append(f"; {seen.refused} rows were refused for it")
    for each in seen.examples:
        rather = "" if each.suggestion is None else f", rather {each.suggestion!r}"
        text.append(printable(f"\n    {each.item}: {each.column} {each.value!r}{rather}"), style="default")
    return text.append(f"\n    `kintsugi sources cells {source}` shows more", style="default dim")


def _wrong(error: "FileError | Exception") -> Text:
    text = Text(printable(getattr(error, "what", str(error))), style="bold red")
    for name in ("expected", "got", "next_step"):
        said = getattr(error, name, "")
        if said:
            text.append(f"\n{name.removesuffix('_step'):>9}  ", style="default dim")
            text.append(printable(said), style="default")
    return text


def _plain(value: object) -> object:
    from pydantic import BaseModel

    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
