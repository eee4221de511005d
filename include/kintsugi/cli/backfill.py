"""`kintsugi sources backfill`: load a source's history through Airflow, and show how far it has come."""

import json
import time
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kintsugi.airflow_backfills import Again

POLL = 1.0


def backfill(
    name: Annotated[str, typer.Argument(help="A source that is cut by hours or days.")],
    first: Annotated[datetime, typer.Option("--from", help="The first hour or day, UTC.")],
    last: Annotated[datetime, typer.Option("--to", help="The last one, UTC; it is taken in, too.")],
    newest_first: Annotated[bool, typer.Option("--newest-first", help="The latest comes first.")] = False,
    again: Annotated[
        Again, typer.Option("--again", help="What was run before: none of it, what failed, or all that was completed.")
    ] = "none",
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Partitions at the same time.")] = 4,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it has ended.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Load history, beside the schedule. Exit code 1 when a partition failed; Ctrl-C leaves Airflow to go on."""
    from kintsugi.airflow_backfills import AirflowBackfills
    from kintsugi.laptop.account import known_secrets
    from kintsugi.platform import open_platform
    from kintsugi.sources.backfill import progress_of, start_backfill

    console = Console(stderr=as_json)
    begun = time.monotonic()
    with closing(open_platform()) as platform:
        known = known_secrets(platform.settings)
        with closing(AirflowBackfills(known.api_url, known.admin_user, known.admin_password)) as airflow:
            times = (first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
            started = start_backfill(
                platform, airflow, name, *times, again=again, newest_first=newest_first, at_once=at_once
            )
            progress = progress_of(platform, airflow, started)
            with _bar(console) as bar:
                shown = bar.add_task(f"{name}: partitions committed", total=progress.partitions)
                while wait and not progress.complete:
                    time.sleep(POLL)
                    progress = progress_of(platform, airflow, started)
                    bar.update(shown, completed=progress.committed)
    facts = {"source": name, "backfill": started.id, **asdict(progress)}
    if as_json:
        answer = {**facts, "seconds": round(time.monotonic() - begun, 1)}
        Console().file.write(json.dumps(answer) + "\n")
    else:
        console.print(_said(name, progress.partitions, progress.committed, progress.failed, waited=wait))
    if progress.failed:
        raise typer.Exit(1)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _said(name: str, partitions: int, committed: int, failed: int, *, waited: bool) -> str:
    if not waited:
        return f"{partitions} partitions of {name} are being taken in; the page Sources shows how far it is."
    if failed:
        return (
            f"{committed} of {partitions} partitions of {name} are committed, {failed} failed or are held: "
            "`kintsugi incidents` says why; --again failed repeats them."
        )
    return f"{committed} of {partitions} partitions of {name} are committed."
