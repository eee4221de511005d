"""`kintsugi sources backfill`: load a source's history through Airflow, and show how far it has come."""

import json
import time
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kintsugi.airflow_backfills import Again
from kintsugi.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from kintsugi.sources.backfill import Progress as Seen

POLL = 1.0
SAID_EVERY = 30.0
"""Seconds after which the progress is told again where there is no terminal to draw it on."""

SILENCE = 120.0
"""Seconds without an answer of Airflow after which the command ends; typed again, it follows the backfill."""


def backfill(
    name: Annotated[str, typer.Argument(help="A source that is cut by hours or days.")],
    first: Annotated[str, typer.Option("--from", help="The first hour or day, UTC: 2026-11-24T19, 2026-11-24.")],
    last: Annotated[str, typer.Option("--to", help="The last one; it is taken in, too. A day has all its hours.")],
    newest_first: Annotated[bool, typer.Option("--newest-first", help="The latest comes first.")] = False,
    again: Annotated[
        Again, typer.Option("--again", help="What was run before: none of it, what failed, or all that was completed.")
    ] = "none",
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Partitions at the same time.")] = 4,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it has ended.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Load history, beside the schedule; exit code 1 when a partition was not taken in.

    Ctrl-C ends the looking on, and Airflow goes on; the same command again follows what is under way.
    """
    from kintsugi.airflow_backfills import AirflowBackfills
    from kintsugi.laptop.account import known_secrets
    from kintsugi.platform import open_platform
    from kintsugi.sources.backfill import progress_of, span_of, start_backfill
    from kintsugi.sources.registry import config_of

    console = Console(stderr=as_json)
    begun = time.monotonic()
    with closing(open_platform()) as platform:
        times = span_of(config_of(platform.settings, name), first, last, platform.records.now())
        known = known_secrets(platform.settings)
        with closing(AirflowBackfills(known.api_url, known.admin_user, known.admin_password)) as airflow:
            started = start_backfill(
                platform, airflow, name, *times, again=again, newest_first=newest_first, at_once=at_once
            )
            found = " is under way already" if started.found else ""
            console.print(f"Backfill {started.id} of {name}{found}: {len(started.partitions)} partitions.")
            told = begun
            progress = _answered(lambda: progress_of(platform, airflow, started))
            with _bar(console) as bar:
                shown = bar.add_task(f"{name}: partitions committed", total=progress.partitions)
                while wait and not progress.complete:
                    time.sleep(POLL)
                    progress = _answered(lambda: progress_of(platform, airflow, started))
                    bar.update(shown, completed=progress.committed)
                    if not console.is_terminal and time.monotonic() - told >= SAID_EVERY:
                        told = time.monotonic()
                        console.print(f"{progress.committed} of {progress.partitions} partitions are committed …")
    not_run = progress.partitions - progress.committed - progress.failed if progress.complete else 0
    facts = {"source": name, "backfill": started.id, **asdict(progress), "not_run": not_run}
    if as_json:
        answer = {**facts, "seconds": round(time.monotonic() - begun, 1)}
        Console().file.write(json.dumps(answer) + "\n")
    else:
        console.print(_said(name, progress, not_run))
    if progress.failed or not_run:
        raise typer.Exit(1)


def _answered(look: "Callable[[], Seen]") -> "Seen":
    """Look until Airflow answers: that it does not for a while ends nothing, since the backfill is its work.

    Raises:
        SourceUnavailable: it did not answer for `SILENCE`.
    """
    silent_since = time.monotonic()
    while True:
        try:
            return look()
        except SourceUnavailable:
            if time.monotonic() - silent_since > SILENCE:
                raise
            time.sleep(POLL)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _said(name: str, seen: "Seen", not_run: int) -> str:
    said = f"{seen.committed} of {seen.partitions} partitions of {name} are committed"
    if not seen.complete:
        return f"{said}; Airflow goes on, and the page Sources shows how far it is."
    if seen.failed:
        said += f", {seen.failed} failed or are held: `kintsugi incidents` says why; --again failed repeats them"
    if not_run:
        said += f"; {not_run} were not run: was it cancelled? --again failed runs them"
    return f"{said}."
