"""The ask box: a question in, an answer or a kind word why there is none out."""

from dataclasses import dataclass

from kintsugi.errors import KintsugiError
from kintsugi.retrieval.answer import Answer, ask
from kintsugi.stores.search import Scope
from kintsugi_airflow.pages.opened import OpenedOnce

LONGEST_QUESTION = 1000
"""Characters; a question beyond that is a document."""

EXAMPLES = (
    "What should I do when chunks are missing from the index?",
    "Why does a source count as unavailable?",
    "How long did the run of ingest_runbooks take?",
)


@dataclass(frozen=True)
class Asked:
    """A question with what became of it: exactly one of ``answer`` and ``error`` is set."""

    question: str
    answer: Answer | None = None
    error: KintsugiError | None = None


def answered(opened: OpenedOnce, question: str, scope: Scope) -> Answer:
    """Return the answer.

    Raises:
        KintsugiError: there can't be one now; the message says why and what to do.
    """
    return ask(opened.warm_platform(), question, scope)


def asked(opened: OpenedOnce, question: str | None, scope: Scope) -> Asked | None:
    """Ask for the page: errors are part of what is shown; no question is ``None``."""
    question = " ".join((question or "").split())[:LONGEST_QUESTION]
    if not question:
        return None
    try:
        return Asked(question, answer=answered(opened, question, scope))
    except KintsugiError as error:
        return Asked(question, error=error)
