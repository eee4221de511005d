"""`kintsugi patterns retire|rollback|restore`: a person's decision, shown before it is made, published afterwards."""

import getpass
import json
import uuid
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from kintsugi.cli.pattern_names import AsJson, Id, named
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import line_console
from kintsugi.cli.words import number_of
from kintsugi.errors import KintsugiError

if TYPE_CHECKING:
    from autorefine.report import Decision
    from kintsugi.expertise.changes import Verb
    from kintsugi.platform import Platform
    from kintsugi.records import Partition, RunRef

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


def retire(id: Id, reason: Reason, yes: Yes = False, as_json: AsJson = False) -> None:
    """Retire one pattern: it leaves the index, and what was merged from it stays."""
    _change("retire", id, reason, yes=yes, as_json=as_json)


def rollback(id: Id, reason: Reason, yes: Yes = False, as_json: AsJson = False) -> None:
    """Retire a pattern with all its descendants: everything that it was merged into."""
    _change("rollback", id, reason, yes=yes, as_json=as_json)


def restore(id: Id, reason: Reason, yes: Yes = False, as_json: AsJson = False) -> None:
    """Undo the newest rollback or retirement that began at this pattern."""
    _change("restore", id, reason, yes=yes, as_json=as_json)


def _change(verb: "Verb", id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    from kintsugi.expertise.changes import decide, rehearse
    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef

    console = line_console()
    with closing(open_platform()) as platform:
        pattern = named(platform, id)
        planned = rehearse(platform, verb, pattern.id)
        if planned and not yes:
            Console(stderr=True).print(_changes(planned))
            typer.confirm(f"{verb.capitalize()} this, and publish the change?", abort=True, err=True)
        made = decide(platform, verb, pattern.id, reason=reason, by=getpass.getuser())
        run = RunRef(dag="cli", run_id=f"patterns-{verb}-{uuid.uuid4().hex[:12]}")
        with console.status("Publishing …"):
            documents, behind = _published(platform, run)
    if as_json:
        facts = {
            "changed": [asdict(each) for each in made],
            "documents": documents and {"written": documents.written, "deleted": documents.deleted},
            "behind": behind,
        }
        console.file.write(json.dumps(facts) + "\n")
    else:
        console.print(_changes(made) if made else "Nothing was to change.")
        if documents is not None and not behind:
            removed = number_of(documents.deleted, "document")
            console.print(f"Of what patterns say, {removed} left the index, {documents.written} came in.")
    if behind:
        Console(stderr=True, soft_wrap=True).print(
            Text.assemble(
                ("What was decided holds for agents already. ", "bold"),
                "The index is behind, and `kintsugi ask` with it: ",
                printable(behind),
                "\nThe next run of `refine` makes up for it, or this command once more.",
            )
        )
        raise typer.Exit(1)


def _published(platform: "Platform", run: "RunRef") -> "tuple[Partition | None, str]":
    """Bring the index up to date; return what became of the documents, and why it is still behind, "" when it is not.

    Also where the documents can't all be made: those that were withdrawn by then have to leave, and so has whatever an
    earlier try left that was killed before it came here.
    """
    from kintsugi.expertise.publish import publish_patterns
    from kintsugi.index.publish import publish

    documents, problems = None, []
    try:
        documents = publish_patterns(platform, run)
    except KintsugiError as error:
        problems.append(str(error))
    try:
        publish(platform, run)
    except KintsugiError as error:
        problems.append(str(error))
    return documents, "; ".join(problems)


def _changes(decisions: "list[Decision]") -> Text:
    return Text("\n").join(
        Text.assemble(
            (f"{each.was or 'new'} → {each.now}  " if each.was != each.now else f"stays {each.now}  ", "bold"),
            printable(f"{each.name}  "),
            (each.pattern, "dim"),
            printable(f"  {each.reason}") if each.was == each.now else "",
        )
        for each in decisions
    )
