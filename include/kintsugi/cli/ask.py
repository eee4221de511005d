"""`kintsugi ask`: a question in, cited sentences out."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, Group
from rich.text import Text

from kintsugi.cli.quoted import plain, printable

if TYPE_CHECKING:
    from kintsugi.platform import Platform
    from kintsugi.retrieval.answer import Answer


def ask(
    question: Annotated[str, typer.Argument(help="A question about your operation.", show_default=False)],
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Answer a question from what was ingested, each sentence with its citation; no language model is involved."""
    from kintsugi.expertise.usage import record_retrieved
    from kintsugi.platform import open_platform
    from kintsugi.retrieval.answer import ask as ask_platform
    from kintsugi.stores.search import Scope

    platform = open_platform()
    console = Console()
    try:
        _require_known(platform, source or ())
        with Console(stderr=True).status("Looking …"):
            answer = ask_platform(platform, question, Scope(sources=tuple(source or ())))
        record_retrieved(platform, [each.external_id for each in answer.sentences if each.source == "expertise"])
    finally:
        platform.close()
    if as_json:
        console.file.write(json.dumps(answer.to_dict(), ensure_ascii=False) + "\n")
    else:
        console.print(answer_text(answer))


def _require_known(platform: "Platform", sources: Sequence[str]) -> None:
    from kintsugi.errors import TerminalError
    from kintsugi.records import Document, Partition

    for name in sources:
        if not platform.records.count(Document, {"source": name}):
            known = sorted({each.source for each in platform.records.scan(Partition)})
            raise TerminalError(
                f"source {name!r}: nothing was ever ingested from it",
                expected="one of " + (", ".join(known) or "none yet"),
                next_step="correct --source, or leave it out",
            )


def answer_text(answer: "Answer") -> Group:
    """Return the answer as a page: the sentences, then where each stands."""
    if not answer.generation:
        return Group(
            Text("Nothing is served yet: `kintsugi up`, or `kintsugi ingest PATH`, comes first.", style="bold")
        )
    if not answer.evidence:
        return Group(
            Text("There is no evidence for an answer.", style="bold"),
            Text("Nothing that was ingested speaks of this clearly enough. Ingest a document that does, or ask again."),
        )
    said, places = Text(), Text(style="dim")
    if answer.by_words_only:
        said.append("By words alone: the index is being built anew for another embedding model.\n", style="yellow")
    for number, cited in enumerate(answer.sentences, 1):
        said.append(f"{plain(cited.sentence)} ").append(f"[{number}] ", style="yellow")
        heading = f" › {cited.heading}" if cited.heading else ""
        places.append(printable(f"\n[{number}] {cited.source}/{cited.external_id}{heading}"))
        places.append(f"\n    version {cited.document_version[:12]}, characters {cited.start}–{cited.end}, ")
        places.append(f"generation {cited.generation}, ingested by {cited.run}")
    return Group(said, places)
