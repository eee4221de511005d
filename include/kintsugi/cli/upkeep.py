"""`kintsugi upkeep`: what should be hidden or written, and a person's yes or no to it."""

import getpass
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.records.upkeep import Proposal

upkeep_app = typer.Typer(no_args_is_help=True, help="Stale, duplicate and missing documents, and what to do with them.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Id = Annotated[str, typer.Argument(help="The start of a proposal's id.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Without asking.")]


@upkeep_app.command()
def find(as_json: AsJson = False) -> None:
    """Look for what to propose and let the gates judge it, here and now; nothing that anybody reads is changed."""
    from dataclasses import asdict

    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef
    from kintsugi.upkeep.upkeep import upkeep

    platform = open_platform()
    try:
        done = asdict(upkeep(platform, RunRef(dag="cli", run_id="upkeep")))
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps(done) + "\n")
        return
    wide_console().print(Text(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.items()) + "."))


@upkeep_app.command("list")
def list_(
    state: Annotated[
        str, typer.Option("--state", help="proposed, admitted, applying, applied, refused or reverted.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """The newest proposals."""
    from kintsugi.platform import open_platform
    from kintsugi.upkeep.proposals import MAY_FOLLOW, listed

    if state and state not in MAY_FOLLOW:
        raise typer.BadParameter(f"one of {', '.join(MAY_FOLLOW)}", param_hint="--state")
    platform = open_platform()
    try:
        found = list(listed(platform, state or None))
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps({"proposals": [_document(each) for each in found]}, ensure_ascii=False) + "\n")
        return
    table = Table(*folding("id", "kind", "state", "what", "why"), box=None)
    for each in found:
        what = each.targets[0].name if each.targets else each.title
        table.add_row(*(Text(printable(cell)) for cell in (each.id[:12], each.kind, each.state, what, each.reason)))
    wide_console().print(table if found else Text("Nothing is proposed."))


@upkeep_app.command()
def show(proposal: Id, as_json: AsJson = False) -> None:
    """One proposal: its evidence, what the gates said, its history, and the change."""
    from kintsugi.platform import open_platform
    from kintsugi.upkeep.proposals import named

    platform = open_platform()
    try:
        found = named(platform, proposal)
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps(_document(found), ensure_ascii=False) + "\n")
        return
    lines = [f"{found.kind}, {found.state}: {found.title}", found.reason, ""]
    lines += [
        f"  {each['gate']}: {each['ruling']}, {each['reason']} {each['numbers'] or ''}" for each in found.verdicts
    ]
    lines += [f"  {' '.join(f'{key}={value}' for key, value in each.items())}" for each in found.evidence]
    wide_console().print(Text(printable("\n".join([*lines, "", found.diff]))))


@upkeep_app.command()
def apply(
    proposal: Id,
    yes: Yes = False,
    although_held: Annotated[
        bool, typer.Option("--although-held", help="Also when no known question speaks of it: you know.")
    ] = False,
) -> None:
    """Do what a proposal says that the gates admit; `publish` then shows it."""
    from kintsugi.platform import open_platform
    from kintsugi.upkeep import proposals

    platform = open_platform()
    try:
        found = proposals.named(platform, proposal)
        _ask(f"{found.reason}. Apply?", yes=yes)
        proposals.apply(platform, found, getpass.getuser(), although_held=although_held)
        draft = "" if found.targets else f" The draft is {proposals.draft_file(platform, found)}."
    finally:
        platform.close()
    wide_console().print(Text(printable(f"Applied {found.id[:12]}.{draft}")))


@upkeep_app.command()
def revert(proposal: Id, yes: Yes = False) -> None:
    """Take back what an applied proposal did."""
    from kintsugi.platform import open_platform
    from kintsugi.upkeep import proposals

    platform = open_platform()
    try:
        found = proposals.named(platform, proposal)
        _ask(f"{found.title}: take it back?", yes=yes)
        proposals.revert(platform, found, getpass.getuser())
    finally:
        platform.close()
    wide_console().print(Text(f"Reverted {found.id[:12]}."))


@upkeep_app.command()
def refuse(proposal: Id) -> None:
    """Say no: it is proposed again only when one of its documents has changed."""
    from kintsugi.platform import open_platform
    from kintsugi.upkeep import proposals

    platform = open_platform()
    try:
        found = proposals.refuse(platform, proposals.named(platform, proposal), getpass.getuser())
    finally:
        platform.close()
    wide_console().print(Text(f"Refused {found.id[:12]}."))


def _ask(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(printable(question), abort=True)


def _document(proposal: "Proposal") -> dict[str, object]:
    document: dict[str, object] = proposal.model_dump(mode="json")
    return document
