"""`kintsugi pattern used`: what an agent did with the patterns that it was given."""

import json
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from kintsugi.cli.pattern_names import AsJson
from kintsugi.cli.quoted import printable


def used(
    task: Annotated[str, typer.Option("--task", help="The task's id; the same report twice counts once.")],
    agent_version: Annotated[str, typer.Option("--agent-version", help="Agent and version, name@version.")],
    used_: Annotated[list[str] | None, typer.Option("--used", help="A pattern that was acted on; repeatable.")] = None,
    retrieved: Annotated[
        list[str] | None, typer.Option("--retrieved", help="A pattern that was given; repeatable.")
    ] = None,
    succeeded: Annotated[bool | None, typer.Option("--succeeded/--failed", help="How the task ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report a task: which patterns it was given, which it used, how it ended. A later word corrects the counts."""
    from kintsugi.expertise.usage import report_use
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        told = report_use(
            platform, task, agent_version, retrieved=retrieved or (), used=used_ or (), succeeded=succeeded
        )
    console = Console()
    if as_json:
        facts = {"counted": told.counted, "unknown": told.unknown, "report": told.report.model_dump(mode="json")}
        console.file.write(json.dumps(facts) + "\n")
        return
    console.print(f"Counted for {len(told.counted)} patterns." if told.counted else "Known already: nothing changed.")
    for each in told.unknown:
        console.print(Text(printable(f"No pattern has the id {each}."), style="yellow"))
