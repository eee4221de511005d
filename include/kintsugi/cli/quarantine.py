"""`kintsugi quarantine`: what was refused, and why; give it another chance, or drop it."""

import getpass
import json
import uuid
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.quarantine_list import MOST_GROUPED, alike, quarantine_list
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import folding, line_console, wide_console
from kintsugi.cli.words import moment

if TYPE_CHECKING:
    from kintsugi.records import Quarantined, RunRef
    from kintsugi.stores.records import RecordStore

quarantine_app = typer.Typer(help="What was refused, and why; release or drop it.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The id, or its beginning.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@quarantine_app.command("list")
def list_held(
    source: Annotated[str, typer.Option("--source", help="Only this source.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also what was released or dropped since.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many; those alike count once.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the newest refusals with check, value and next step; those of one source and one reason together."""
    from kintsugi.platform import open_platform
    from kintsugi.records import Quarantined

    where = {**({"source": source} if source else {}), **({} if all_ else {"state": "held"})}
    with closing(open_platform()) as platform:
        looked_at = limit if as_json else max(limit, MOST_GROUPED)
        found = platform.records.latest(Quarantined, "refused_at", where, limit=looked_at)
        count = platform.records.count(Quarantined, where)
    console = line_console()
    if as_json:
        facts = [each.model_dump(mode="json") for each in found]
        console.file.write(json.dumps({"quarantined": facts, "count": count}, ensure_ascii=False) + "\n")
    elif found:
        shown = alike(found)[:limit]
        console.print(quarantine_list(shown))
        left_out = count - sum(map(len, shown))
        if left_out:
            console.print(f"{left_out} older ones are not shown; --limit shows more.")
    else:
        console.print("Nothing is held in quarantine.")


@quarantine_app.command("show")
def show(id: Id, as_json: AsJson = False) -> None:
    """Show one refusal in full, with the start of what was refused."""
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        found = named(platform.records, id)
    console = wide_console()
    if as_json:
        console.file.write(json.dumps(found.model_dump(mode="json"), ensure_ascii=False) + "\n")
        return
    table = Table(*folding("", ""), show_header=False, box=None)
    for name, value in found.model_dump(mode="json").items():
        if name not in ("version", "run"):
            table.add_row(
                name.replace("_", " "), Text(moment(value) if name == "refused_at" else printable(str(value)))
            )
    table.add_row("run", str(found.run))
    console.print(table)


@quarantine_app.command("release")
def release(
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask, not even about a secret.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the item again through its source, take it in and publish; exit code 1 when it is refused again."""
    from kintsugi.documents.intake.release import release as release_record
    from kintsugi.index.publish import publish
    from kintsugi.platform import open_platform
    from kintsugi.records import Quarantined
    from kintsugi.sensitive.finding import KINDS

    console = Console()
    run = _run("release")
    with closing(open_platform()) as platform:
        refusal = named(platform.records, id)
        if refusal.check in KINDS and not yes:
            who = f"whoever may read {refusal.source} will find it and be quoted it as it is"
            typer.confirm(
                f"{printable(refusal.item)} was refused for a {refusal.check}: {who}. Release it?", abort=True, err=True
            )
        with console.status(f"Reading {refusal.item} again …"):
            release_record(platform, refusal, run, getpass.getuser())
        with console.status("Publishing …"):
            published = asdict(publish(platform, run))
        after = platform.records.get(Quarantined, refusal.id) or refusal
    if as_json:
        answer = {"quarantined": after.model_dump(mode="json"), "published": published}
        console.file.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    elif after.state == "held":
        console.print(Text(f"{after.item} is still refused: expected {after.expected}; got {after.value}."))
        console.print(Text(f"Next: {after.next_step}"))
    else:
        console.print(Text(f"{after.item} is {after.state}."))
    if after.state == "held":
        raise typer.Exit(1)


@quarantine_app.command("drop")
def drop(id: Id, as_json: AsJson = False) -> None:
    """Close a refusal for good; the same one in later runs does not open it again. Nothing is taken in."""
    from kintsugi.documents.intake.release import drop as drop_record
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        dropped = drop_record(platform.records, named(platform.records, id), _run("drop"), getpass.getuser())
    console = Console()
    if as_json:
        console.file.write(json.dumps(dropped.model_dump(mode="json"), ensure_ascii=False) + "\n")
    else:
        console.print(Text(f"{dropped.item} is dropped."))


def named(records: "RecordStore", beginning: str) -> "Quarantined":
    """Return the one record whose id begins like this.

    Raises:
        TerminalError: no record, or more than one, has such an id.
    """
    from kintsugi.errors import TerminalError
    from kintsugi.records import Quarantined

    nearest = records.scan(Quarantined, after=beginning[:-1], limit=10_000) if beginning else ()
    found = [each for each in nearest if each.id.startswith(beginning)]
    if len(found) != 1:
        raise TerminalError(
            f"quarantine: {len(found) or 'no'} records have an id that begins with {beginning!r}",
            expected="exactly one",
            next_step="take a longer beginning from `kintsugi quarantine list`",
        )
    return found[0]


def _run(command: str) -> "RunRef":
    from kintsugi.records import RunRef

    return RunRef(dag="cli", run_id=f"quarantine-{command}-{uuid.uuid4().hex[:12]}")
