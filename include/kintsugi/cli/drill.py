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
    from kintsugi.laptop.lock import is_supervised
    from kintsugi.platform import open_platform

    platform = open_platform()
    removed = remove_chunks(platform, chunks)
    platform.close()
    running = is_supervised(platform.settings)
    console = Console()
    if as_json:
        console.file.write(json.dumps({"generation": removed.generation, "removed": list(removed.entries)}) + "\n")
        return
    console.print(f"Removed {len(removed.entries)} chunks from generation {removed.generation}.")
    if running:
        console.print("`kintsugi incidents` shows the incident within seconds, and with --all how it ended.")
    else:
        console.print("The platform does not run: `kintsugi up` lets it heal itself, `kintsugi heal` does it here.")
