"""`kintsugi patterns outcome`: which runs were told of in two ways, and a person's word on how one ended."""

import getpass
import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from kintsugi.cli.pattern_evidence import which
from kintsugi.cli.pattern_names import AsJson
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import line_console
from kintsugi.cli.words import number_of

if TYPE_CHECKING:
    from kintsugi.platform import Platform
    from kintsugi.records import TrajectoryHead

_ID = 12
MOST_SHOWN = 100
"""Runs that contradict themselves which are named."""


def outcome(
    run: Annotated[
        str,
        typer.Argument(
            help="What its file calls it, or its trajectory's id or the beginning of that; "
            "without one, the runs that contradict themselves are shown.",
            show_default=False,
        ),
    ] = "",
    succeeded: Annotated[bool | None, typer.Option("--succeeded/--failed", help="How the run ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how a run ended, where sources contradict each other or are wrong. The next `refine` judges by it."""
    from kintsugi.expertise.gather import decide_outcome
    from kintsugi.platform import open_platform

    if bool(run) != (succeeded is not None):
        raise typer.BadParameter("a run and --succeeded or --failed go together; without both, runs are listed")
    with closing(open_platform()) as platform:
        if succeeded is None:
            _list(platform, as_json=as_json)
            return
        meant, by = _named(platform, run), getpass.getuser()
        trajectory = meant.id
        decide_outcome(platform.records, trajectory, success=succeeded, by=by)
    console = line_console()
    if as_json:
        console.file.write(json.dumps({"trajectory": trajectory, "success": succeeded, "by": by}) + "\n")
        return
    ended = "succeeded" if succeeded else "failed"
    called = f"{meant.name or run} ({trajectory[:_ID]}, {meant.task[:60]})"
    console.print(Text(printable(f"{called} {ended}. What was learned from it is judged anew by the next `refine`.")))


def _named(platform: "Platform", run: str) -> "TrajectoryHead":
    """Return the one run that is called so.

    Raises:
        TerminalError: none is, or several are.
    """
    from kintsugi.errors import TerminalError
    from kintsugi.expertise.told_runs import runs_called
    from kintsugi.sources.config import load_sources

    found = runs_called(platform.records, load_sources(platform.settings).sources, run)
    if len(found) == 1:
        return found[0]
    raise TerminalError(
        f"run {run}: {'several are' if found else 'none is'} called so",
        expected="what an agents' file calls a run of which it says how it ended, or a trajectory's id",
        got="\n".join(f"{each.id}  of {each.origin}, {each.task[:60]}" for each in found),
        next_step="name it by one of these ids"
        if found
        else "`kintsugi patterns outcome` shows the runs that contradict themselves, `kintsugi patterns show ID` those "
        "behind a pattern",
    )


def _list(platform: "Platform", *, as_json: bool) -> None:
    from itertools import islice

    from kintsugi.expertise.origins import origins
    from kintsugi.expertise.told_runs import contradicted

    found = contradicted(platform.records)
    shown = list(islice(found, MOST_SHOWN))
    more = sum(1 for _ in found)
    known = origins(platform.records, (each.id for each in shown))
    console = line_console()
    if as_json:
        facts = [
            {
                "run": each.name,
                "trajectory": each.trajectory,
                "origin": each.origin,
                "task": each.task,
                "agent": each.agent,
            }
            for each in known.values()
        ]
        console.file.write(json.dumps({"contradicted": facts, "count": len(shown) + more}) + "\n")
        return
    if not shown:
        console.print("No run contradicts itself.")
        return
    console.print(f"{number_of(len(shown) + more, 'run')} of which different outcomes were told at one time:")
    for origin in known.values():
        console.print(Text(printable(f"  {which(origin)}  from {origin.origin}")))
    console.print(
        f"{f'{more} more are not shown. ' if more else ''}Nothing is learned from them until something later is said, "
        "or you say how one ended: `kintsugi patterns outcome RUN --succeeded` or `--failed`."
    )
