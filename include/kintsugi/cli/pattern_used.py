"""`kintsugi pattern used`: what an agent did with the patterns that it was given."""

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from kintsugi.cli.pattern_names import AsJson
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import line_console
from kintsugi.cli.words import number_of

if TYPE_CHECKING:
    from kintsugi.expertise.usage import Told
    from kintsugi.records import UsageReport


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
    """Report a task: which patterns it was given, which it used, how it ended. A later word corrects the counts.

    Exit code 1 where it names ids that no pattern has; the others count all the same.
    """
    from kintsugi.expertise.usage import report_use
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        told = report_use(
            platform, task, agent_version, retrieved=retrieved or (), used=used_ or (), succeeded=succeeded
        )
    console = line_console()
    if as_json:
        facts = {"counted": told.counted, "unknown": told.unknown, "report": told.report.model_dump(mode="json")}
        console.file.write(json.dumps(facts) + "\n")
    else:
        console.print(Text(printable(_said(told.report))))
        console.print(_counted(told))
        for each in told.unknown:
            console.print(Text(printable(f"No pattern has the id {each}."), style="yellow"))
    if told.unknown:
        raise typer.Exit(1)


def _said(report: "UsageReport") -> str:
    """Return what is known of the task by now."""
    ended = {True: "succeeded", False: "failed", None: "has not ended yet"}[report.succeeded]
    given = number_of(len(report.retrieved), "pattern")
    return f"Task {report.task} of {report.agent_version} {ended}: given {given}, used {len(report.used)}."


def _counted(told: "Told") -> str:
    if told.counted:
        return f"Counted for {number_of(len(told.counted), 'pattern')}."
    return "Counted already: nothing changed." if told.report.retrieved else "Kept; there is nothing to count."
