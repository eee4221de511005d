"""What people said about answers."""

from typing import ClassVar

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef


class Feedback(Record):
    """Whether the documents of an answer helped with its question. ``id`` is a hash of (question, documents, who).

    Attributes:
        asked: digest of the question; what was said about one question is found by it.
        documents: ids of the documents that the answer cited, sorted.
        useful: the last word of who said it.
        generation: the generation that answered; "" where that isn't known.
        who: the principal who said it, where the caller knows one; nothing else about a person is kept.
        at: store time of the last word, seconds since the epoch.
    """

    collection: ClassVar[str] = "feedback"
    indexed: ClassVar[tuple[str, ...]] = ("asked", "useful", "at")

    question: str
    asked: str
    documents: tuple[str, ...]
    useful: bool
    generation: str = ""
    who: str = ""
    at: float
    run: RunRef
