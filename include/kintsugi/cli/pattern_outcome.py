"""`kintsugi patterns outcome`: a person says how a run ended."""

import getpass
import json
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from kintsugi.cli.pattern_names import AsJson
from kintsugi.cli.quoted import printable


def outcome(
    trajectory: Annotated[str, typer.Argument(help="Its id, as `kintsugi patterns show` names it in the evidence.")],
    succeeded: Annotated[bool, typer.Option("--succeeded/--failed", help="How the run ended.")],
    as_json: AsJson = False,
) -> None:
    """Say how a run ended, where sources contradict each other or are wrong. The next `refine` judges by it."""
    from kintsugi.expertise.gather import decide_outcome
    from kintsugi.platform import open_platform

    by = getpass.getuser()
    with closing(open_platform()) as platform:
        decide_outcome(platform.records, trajectory, success=succeeded, by=by)
    console = Console()
    if as_json:
        console.file.write(json.dumps({"trajectory": trajectory, "success": succeeded, "by": by}) + "\n")
        return
    ended = "succeeded" if succeeded else "failed"
    console.print(
        Text(printable(f"{trajectory} {ended}. What was learned from it is judged anew by the next `refine`."))
    )
