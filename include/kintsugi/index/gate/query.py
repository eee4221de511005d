"""A golden query: a question, and the documents that have to be found by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kintsugi.documents.identity import digest

Origin = Literal["golden", "feedback", "known item"]


@dataclass(frozen=True)
class GoldenQuery:
    """What is asked of both generations.

    Attributes:
        text: the question, its white space as `ask` reads it.
        grades: how relevant each document is, by document id; every grade is at least 1.
        origin: the user's own file, feedback on answers, or words of a document.
        weight: how much it counts beside the others.
        graded: whether grades differ in meaning: it is then scored by nDCG@10, otherwise by the reciprocal rank.
    """

    text: str
    grades: Mapping[str, int]
    origin: Origin
    weight: float = 1.0
    graded: bool = False

    @property
    def text_hash(self) -> str:
        """The name of the query's vector in the cache: kept, so that a later embedding's gate can ask the old one."""
        return digest("golden query", self.text)


def as_asked(question: str) -> str:
    """Return a question as it is asked: one line, single blanks."""
    return " ".join(question.split())
