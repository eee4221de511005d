"""`kintsugi quarantine`: what was refused, and why."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kintsugi.records import Quarantined

quarantine_app = typer.Typer(help="What was refused, and why.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@quarantine_app.command("list")
def list_held(
    source: Annotated[str, typer.Option("--source", help="Only this source.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also what was released or dropped since.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the newest refusals with check, value and next step."""
    from kintsugi.platform import open_platform
    from kintsugi.records import Quarantined

    where = {**({"source": source} if source else {}), **({} if all_ else {"state": "held"})}
    platform = open_platform()
    found = platform.records.latest(Quarantined, "refused_at", where, limit=limit)
    count = platform.records.count(Quarantined, where)
    platform.close()
    console = Console()
    if as_json:
        facts = [each.model_dump(mode="json") for each in found]
        console.file.write(json.dumps({"quarantined": facts, "count": count}, ensure_ascii=False) + "\n")
    elif found:
        console.print(quarantine_table(found))
        if count > len(found):
            console.print(f"{count - len(found)} older ones are not shown; --limit shows more.")
    else:
        console.print("Nothing is held in quarantine.")


@quarantine_app.command("show")
def show(id: Annotated[str, typer.Argument(help="The id, or its beginning.")], as_json: AsJson = False) -> None:
    """Show one refusal in full, with the start of what was refused.

    Raises:
        TerminalError: no refusal, or more than one, has an id that begins like this.
    """
    from kintsugi.errors import TerminalError
    from kintsugi.platform import open_platform
    from kintsugi.records import Quarantined

    platform = open_platform()
    nearest = list(platform.records.scan(Quarantined, after=id[:-1], limit=10_000)) if id else []
    platform.close()
    found = [each for each in nearest if each.id.startswith(id)]
    if len(found) != 1:
        raise TerminalError(
            f"quarantine: {len(found) or 'no'} records have an id that begins with {id!r}",
            expected="exactly one",
            next_step="take a longer beginning from `kintsugi quarantine list`",
        )
    console = Console()
    if as_json:
        console.file.write(json.dumps(found[0].model_dump(mode="json"), ensure_ascii=False) + "\n")
        return
    table = Table(show_header=False, box=None)
    for name, value in found[0].model_dump(mode="json").items():
        if name not in ("version", "run"):
            table.add_row(name.replace("_", " "), Text(_moment(value) if name == "refused_at" else str(value)))
    table.add_row("run", str(found[0].run))
    console.print(table)


def quarantine_table(found: "list[Quarantined]") -> Table:
    """Return refusals as a table, the newest first."""
    table = Table("id", "when", "source", "item", "check", "got", "next step")
    for each in found:
        cells = (each.id[:8], _moment(each.refused_at), each.source, each.item, each.check, each.value, each.next_step)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
