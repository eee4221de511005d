"""`kintsugi feedback`: say whether an answer helped."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from kintsugi.cli.quoted import printable

if TYPE_CHECKING:
    from kintsugi.platform import Platform

feedback_app = typer.Typer(no_args_is_help=True, help="Say whether an answer helped: it becomes a golden query.")

Question = Annotated[str, typer.Argument(help="The question as it was asked.", show_default=False)]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help="External id, source/external id or id; without it, what the answer cites now."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@feedback_app.command()
def good(question: Question, document: Documents = None, as_json: AsJson = False) -> None:
    """The answer helped: later generations have to find these documents for this question."""
    _give(question, document or [], useful=True, as_json=as_json)


@feedback_app.command()
def bad(question: Question, document: Documents = None, as_json: AsJson = False) -> None:
    """The answer didn't help: these documents don't count as relevant for this question."""
    _give(question, document or [], useful=False, as_json=as_json)


def _give(question: str, names: list[str], *, useful: bool, as_json: bool) -> None:
    from kintsugi.documents.references import References
    from kintsugi.platform import open_platform
    from kintsugi.records import Document, RunRef
    from kintsugi.retrieval.feedback import give_feedback

    platform = open_platform()
    try:
        if names:
            references = References(platform.records)
            documents, generation = [references.document(name).id for name in names], ""
        else:
            documents, generation = _cited(platform, question)
        run = RunRef(dag="cli", run_id="feedback")
        kept = give_feedback(platform, question, documents, useful=useful, run=run, generation=generation)
        found = platform.records.get_many(Document, kept.documents)
    finally:
        platform.close()
    called = [f"{each.source}/{each.external_id}" for each in found.values()]
    if as_json:
        answer = {"id": kept.id, "question": kept.question, "useful": kept.useful, "documents": called}
        Console().file.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    word = "useful for" if useful else "of no use for"
    Console(highlight=False).print(Text(printable(f"Kept: {', '.join(called)} {word} “{kept.question}”.")))


def _cited(platform: "Platform", question: str) -> tuple[list[str], str]:
    """Return the documents that the answer cites now, and the generation that answers."""
    from kintsugi.errors import TerminalError
    from kintsugi.retrieval.answer import ask
    from kintsugi.stores.search import Scope

    answer = ask(platform, question, Scope())
    if not answer.sentences:
        raise TerminalError(
            "feedback: the answer to this question cites nothing now",
            expected="an answer, or the documents that it should cite",
            next_step="name them with --document",
        )
    return [each.document for each in answer.sentences], answer.generation
