"""`kintsugi index`: what the served generation holds."""

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

index_app = typer.Typer(no_args_is_help=True, help="The served index: count it, dump it, fill it anew.")


@index_app.command()
def count(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Count the truth and the served index, and what is wrong there, as reconcile sees it; exit code 1 where any is."""
    from collections import Counter

    from kintsugi.index.generations import serving
    from kintsugi.index.judging import KINDS, wrong_in
    from kintsugi.platform import open_platform
    from kintsugi.records import Chunk, Document
    from kintsugi.stores.where import AtLeast

    platform = open_platform()
    generation = serving(platform.records)
    counts: dict[str, str | int] = {"generation": generation.id if generation else ""}
    counts["live_chunks"] = platform.records.count(Chunk, {"live": True})
    if generation is not None:
        wrong = Counter(kind for kind, _ in wrong_in(platform, generation))
        counts["indexed"] = platform.index.count(generation.id)
        counts |= {kind: wrong[kind] for kind in KINDS}
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
    if any(counts.get(kind) for kind in KINDS):
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
