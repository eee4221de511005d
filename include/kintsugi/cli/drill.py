"""`kintsugi drill`: damage the served index a little and let the platform heal it."""

import json
from typing import Annotated

import typer
from rich.console import Console


def drill(
    chunks: Annotated[int, typer.Option(min=1, max=50, help="How many chunks to take out of the index.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Remove a few chunks from the index (never from the truth); the running platform finds and restores them."""
    from kintsugi.healing.drill import remove_chunks
    from kintsugi.platform import open_platform

    platform = open_platform()
    removed = remove_chunks(platform, chunks)
    platform.close()
    console = Console()
    if as_json:
        console.file.write(json.dumps({"generation": removed.generation, "removed": list(removed.entries)}) + "\n")
        return
    console.print(f"Removed {len(removed.entries)} chunks from generation {removed.generation}.")
    console.print("`kintsugi incidents` shows the incident within seconds and how it ends.")
