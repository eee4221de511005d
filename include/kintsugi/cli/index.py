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
def list_generations(as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False) -> None:
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
        console.file.write(json.dumps(rows) + "\n")
        return
    if not rows:
        console.print("No generation yet: `kintsugi up`, or `kintsugi ingest PATH`.")
        return
    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)


@index_app.command()
def dump(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the lines to this file; - is standard output.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    partition: Annotated[list[str] | None, typer.Option("--partition", help="Only this partition.")] = None,
) -> None:
    """Print how many entries are served and the digest of the canonical dump; with --out, write the dump itself.

    The dump is the served chunks sorted by id, with text, metadata and vector: two indexes with equal dumps are equal.
    """
    from kintsugi.index.dump import dump as dump_index
    from kintsugi.platform import open_platform

    platform = open_platform()
    to_stdout = out == Path("-")
    with nullcontext(sys.stdout) if to_stdout or out is None else out.open("w") as stream:
        wanted = stream if out is not None else None
        dumped = dump_index(platform, wanted, sources=source or (), partitions=partition or ())
    platform.close()
    Console(stderr=to_stdout).file.write(json.dumps(asdict(dumped)) + "\n")


@index_app.command()
def promote(generation: Annotated[str, typer.Argument(help="A generation that the gate held or rejected.")]) -> None:
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
    Console().print(f"{generation} " + ("is served from now on." if flipped else "is served already."))


@index_app.command()
def rollback() -> None:
    """Serve the previous generation again."""
    from kintsugi.index.generations import rollback as roll_back
    from kintsugi.platform import open_platform

    platform = open_platform()
    generation = roll_back(platform.records)
    platform.close()
    Console().print(f"{generation.id} is served again.")
