"""`kintsugi index`: the generations, their content, and the way back."""

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

index_app = typer.Typer(no_args_is_help=True, help="Generations of the served index: list, dump, promote, roll back.")


@index_app.command("list")
def list_generations(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show the generations, how many entries each has and what the golden gate said."""
    from kintsugi.platform import open_platform
    from kintsugi.records import Generation

    platform = open_platform()
    names = set(platform.index.names())
    rows = [
        {
            "generation": each.id,
            "state": each.state,
            "entries": platform.index.count(each.id) if each.id in names else 0,
            "fingerprint": each.fingerprint,
            "verdict": each.verdict,
        }
        for each in platform.records.scan(Generation)
    ]
    platform.close()
    console = Console()
    if as_json:
        console.file.write(json.dumps({"generations": rows}) + "\n")
        return
    if not rows:
        console.print("No generation yet: `kintsugi up`, or `kintsugi ingest PATH`.")
        return
    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)


@index_app.command()
def count(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Count the truth and the served index, and how they differ; exit code 1 when they do."""
    from kintsugi.healing.missing import missing_ids
    from kintsugi.index.digest import drift
    from kintsugi.index.generations import serving
    from kintsugi.platform import open_platform
    from kintsugi.records import Chunk, Document
    from kintsugi.stores.where import AtLeast

    platform = open_platform()
    generation = serving(platform.records)
    counts: dict[str, str | int] = {"generation": generation.id if generation else ""}
    counts["live_chunks"] = platform.records.count(Chunk, {"live": True})
    if generation is not None:
        found = drift(platform, generation)
        counts["indexed"] = platform.index.count(generation.id)
        counts["missing"] = len(missing_ids(platform, generation))
        counts["stale"] = len(found.stale)
        counts["orphaned"] = len(found.orphaned)
        counts["unpublished_documents"] = platform.records.count(
            Document, {"changed_at": AtLeast(generation.watermark)}
        )
    platform.close()
    console = Console()
    if as_json:
        console.file.write(json.dumps(counts) + "\n")
    else:
        table = Table("", "count", box=None)
        for name, value in counts.items():
            table.add_row(name.replace("_", " "), str(value) or "none is served yet")
        console.print(table)
    if any(counts.get(name) for name in ("missing", "stale", "orphaned")):
        raise typer.Exit(1)


@index_app.command()
def dump(
    out: Annotated[Path | None, typer.Option("--out", help="Write the lines to this file.")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Only their number and digest, as one JSON object.")] = False,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    partition: Annotated[list[str] | None, typer.Option("--partition", help="Only this partition.")] = None,
) -> None:
    """Write the canonical dump: the served chunks sorted by id, one JSON object a line, with text, metadata and vector.

    Two indexes with equal dumps are equal.
    """
    from kintsugi.index.dump import dump as dump_index
    from kintsugi.platform import open_platform

    platform = open_platform()
    try:
        with nullcontext(sys.stdout) if out is None else out.open("w") as stream:
            only = {"sources": source or (), "partitions": partition or ()}
            dumped = dump_index(platform, None if digest else stream, **only)
    finally:
        platform.close()
    if digest:
        sys.stdout.write(json.dumps(asdict(dumped)) + "\n")


@index_app.command()
def rebuild(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Drop the served index and fill it anew from the records, after it was lost or damaged; embeds nothing known."""
    import uuid

    from kintsugi.index.publish import rebuild as rebuild_index
    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef

    platform = open_platform()
    try:
        with Console(stderr=True).status("Rebuilding …"):
            outcome = rebuild_index(platform, RunRef(dag="cli", run_id=f"rebuild-{uuid.uuid4().hex[:12]}"))
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    else:
        said = f"{outcome.written} entries written, {outcome.unchanged} were there, {outcome.embedded} texts embedded"
        Console().print(f"{outcome.generation}: {said}.")


@index_app.command()
def promote(
    generation: Annotated[str, typer.Argument(help="A generation that the gate held or rejected.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Serve this generation from now on, whatever the golden gate said."""
    from kintsugi.errors import TerminalError
    from kintsugi.index.generations import flip, named
    from kintsugi.platform import open_platform

    platform = open_platform()
    found = named(platform.records, generation)
    if found.state == "building" or found.id not in platform.index.names():
        raise TerminalError(
            f"generation {generation}: can't be served",
            expected="a generation that was built to the end",
            got=found.state,
            next_step="let publish finish it",
        )
    flipped = flip(platform.records, generation)
    platform.close()
    if as_json:
        sys.stdout.write(json.dumps({"generation": generation, "flipped": flipped}) + "\n")
    else:
        Console().print(f"{generation} " + ("is served from now on." if flipped else "is served already."))


@index_app.command()
def rollback(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Serve the previous generation again."""
    from kintsugi.index.generations import rollback as roll_back
    from kintsugi.platform import open_platform

    platform = open_platform()
    generation = roll_back(platform.records)
    platform.close()
    if as_json:
        sys.stdout.write(json.dumps({"generation": generation.id, "flipped": True}) + "\n")
        return
    Console().print(f"{generation.id} is served again. Its embedding and chunk settings have to be set again too:")
    Console().print("otherwise the next publish builds another generation for the present ones, and may promote it.")
