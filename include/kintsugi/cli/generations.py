"""`kintsugi generations`: what serves, what is being built, what the golden gate said, and the way back."""

import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from kintsugi.cli.quoted import plain
from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.index.listing import Listed
    from kintsugi.index.publish import PublishOutcome
    from kintsugi.platform import Platform

generations_app = typer.Typer(
    no_args_is_help=True, help="Generations of the served index: list, show, build, promote, roll back, drop."
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@generations_app.command("list")
def list_generations(as_json: AsJson = False) -> None:
    """Show the generations, the newest first: how large they are, what the golden gate said, what is unusual."""
    from kintsugi.index.listing import listed
    from kintsugi.index.retention import strangers

    with _platform() as platform:
        rows, unknown = listed(platform), strangers(platform)
    if as_json:
        _write({"generations": [row.to_dict() for row in rows], "strangers": list(unknown)})
        return
    console = wide_console()
    if not rows:
        console.print("No generation yet: `kintsugi up`, or `kintsugi ingest PATH`.")
    else:
        console.print(_table(rows))
    if unknown:
        console.print(f"Indexes that belong to no generation: {', '.join(unknown)}")


@generations_app.command()
def show(
    generation: Annotated[str, typer.Argument(help="Its name, as `kintsugi generations list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show what the golden gate said of a generation, with the queries that lost most, side by side."""
    from kintsugi.index.generations import named
    from kintsugi.index.listing import listed

    with _platform() as platform:
        named(platform.records, generation)
        (row,) = (each for each in listed(platform) if each.generation == generation)
    if as_json:
        _write(row.to_dict())
    else:
        console = wide_console()
        console.print(f"{row.generation} is {', '.join((row.state, *row.notes))}.")
        _print_verdict(console, row.verdict, row.gate)


@generations_app.command()
def build(as_json: AsJson = False) -> None:
    """Build a new generation beside the serving one, from the records alone; the golden gate decides about the flip.

    Also where nothing changed. Texts that have a vector are not embedded again, and publishing goes on meanwhile. Exits
    with 1 when the gate held or rejected it.
    """
    from kintsugi.index.generations import named
    from kintsugi.index.publish import build as build_generation
    from kintsugi.records import RunRef

    with _platform() as platform:
        with Console(stderr=True).status("Building …"):
            run = RunRef(dag="cli", run_id=f"build-{uuid.uuid4().hex[:12]}")
            outcome = build_generation(platform, run)
        gate = named(platform.records, outcome.generation).gate
    if as_json:
        _write(asdict(outcome))
    else:
        _print_built(outcome, gate)
    if not outcome.flipped:
        raise typer.Exit(1)


def _print_built(outcome: "PublishOutcome", gate: Mapping[str, Any]) -> None:
    console = wide_console()
    said = f"{outcome.written} entries written, {outcome.unchanged} were there, {outcome.embedded} texts embedded"
    serves = "It is served from now on." if outcome.flipped else "It is not served."
    console.print(f"{outcome.generation}: {said}. {serves}")
    _print_verdict(console, outcome.verdict, gate)


@generations_app.command()
def promote(
    generation: Annotated[str, typer.Argument(help="A generation that the gate held or rejected.")],
    as_json: AsJson = False,
) -> None:
    """Serve this generation from now on, whatever the golden gate said."""
    from kintsugi.index.switch import promote as promote_generation

    with _platform() as platform:
        flipped = promote_generation(platform, generation)
    if as_json:
        _write({"generation": generation, "flipped": flipped})
    else:
        Console().print(f"{generation} " + ("is served from now on." if flipped else "is served already."))


@generations_app.command()
def rollback(as_json: AsJson = False) -> None:
    """Serve the previous generation again. The one that is left is not promoted again until a person says so."""
    from kintsugi.index.claim import holds_what_is_set
    from kintsugi.index.switch import roll_back

    with _platform() as platform:
        generation = roll_back(platform)
        fits = holds_what_is_set(platform, generation)
    if as_json:
        _write({"generation": generation.id, "flipped": True, "holds_what_is_set": fits})
        return
    console = wide_console()
    console.print(f"{generation.id} is served again.")
    if not fits:
        console.print(
            "It is of other embedding or chunk settings than those that are set. Set them back, and publishing"
        )
        console.print("goes on into it; until then what is new waits, and what was deleted or edited leaves it.")


@generations_app.command()
def drop(
    generation: Annotated[str, typer.Argument(help="A generation, or an index that belongs to none.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also the previous one; or an index of no generation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a generation's index. Never that of the serving one; the record stays as history."""
    from kintsugi.index.retention import drop as drop_generation

    with _platform() as platform:
        drop_generation(platform, generation, force=force)
    if as_json:
        _write({"generation": generation, "dropped": True})
    else:
        Console().print(f"The index of {generation} is gone.")


@contextmanager
def _platform() -> "Iterator[Platform]":
    from kintsugi.platform import open_platform

    platform = open_platform()
    try:
        yield platform
    finally:
        platform.close()


def _write(values: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")


def _table(rows: "list[Listed]") -> Table:
    table = Table(
        Column("generation", no_wrap=True),
        Column("state", no_wrap=True),
        Column("entries", justify="right", no_wrap=True),
        Column("model", overflow="fold", min_width=7),
        *folding("age", "last sign", "serves since"),
        Column("gate", no_wrap=True),
        *folding("notes"),
        box=None,
    )
    for row in rows:
        table.add_row(
            row.generation,
            row.state,
            "–" if row.entries is None else str(row.entries),
            plain(row.model),
            _span(row.age),
            _span(row.quiet),
            _span(row.age + row.created_at - row.served_since) if row.served_since else "",
            row.ruling,
            ", ".join(row.notes),
        )
    return table


def _span(seconds: float) -> str:
    """Return a number of seconds as people say it."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _print_verdict(console: Console, verdict: str, gate: Mapping[str, Any]) -> None:
    if not verdict:
        return
    console.print(f"The golden gate: {plain(verdict)}")
    worst = gate.get("worst", [])
    if not worst:
        return
    columns = folding("query", f"before ({gate.get('before', '')})", "this one")
    table = Table(*columns, box=None, title="The queries that lost most")
    for each in worst:
        table.add_row(plain(each["query"]), _answered(each["before"]), _answered(each["after"]))
    console.print(table)


def _answered(side: Mapping[str, Any]) -> str:
    rank = f"found at {side['rank']}" if side["rank"] is not None else "not found"
    return plain("\n".join([rank, *side["titles"]]))
