"""`kintsugi ingest`: take a file or folder in, here and now, and publish it."""

import json
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kintsugi.records import Partition


def ingest(
    path: Annotated[Path, typer.Argument(help="A file or folder; it is read where it lies.", show_default=False)],
    source: Annotated[str, typer.Option("--source", help="Name of the source in the records.")] = "cli",
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Most of what it held is gone, and that is meant so.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Take a file or folder in and publish it, in this process; what has not changed is skipped."""
    from kintsugi.documents import intake
    from kintsugi.index.publish import publish
    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef
    from kintsugi.settings import load_settings
    from kintsugi.sources.adhoc import adhoc_source
    from kintsugi.stores.binding import mixed, noted

    settings = load_settings()
    is_new = noted(settings) is None
    platform = open_platform(settings)
    run = RunRef(dag="cli", run_id=f"ingest-{uuid.uuid4().hex[:12]}")
    console = Console()
    if is_new and not as_json and (said := mixed(settings)):
        console.print(Text(said, style="yellow"))
    try:
        opened, partition = adhoc_source(platform.settings, path, source)
        with console.status(f"Reading {path} …"):
            committed = intake.ingest(platform, opened, partition, run, accept_loss=accept_loss)
        with console.status("Publishing …"):
            published = asdict(publish(platform, run))
    finally:
        platform.close()
    if as_json:
        answer = {"partition": committed.model_dump(mode="json"), "published": published}
        console.file.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
        return
    console.print(outcome_table(committed, published))
    if committed.refused:
        console.print("`kintsugi quarantine list` says which check refused what, and what to do.")


def outcome_table(partition: "Partition", published: dict[str, Any]) -> Table:
    """Return what came in, and what became of it in the index, as a table."""
    table = Table("", "count", box=None)
    for name in ("seen", "written", "skipped", "deleted"):
        table.add_row(f"documents {name}", str(getattr(partition, name)))
    table.add_row("documents and rows refused", str(partition.refused))
    for name, value in published.items():
        if isinstance(value, int | float | str) and value != "":
            table.add_row(f"index: {name}", str(value))
    return table
