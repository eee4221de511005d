"""Feedback on answers: what people found useful becomes golden queries."""

from collections.abc import Iterable

from kintsugi.documents.identity import digest
from kintsugi.errors import ConflictError, DataError
from kintsugi.platform import Platform
from kintsugi.records import Document, Feedback, RunRef

MOST_CHARACTERS = 4_000
_CAS_TRIES = 8


def give_feedback(
    platform: Platform,
    question: str,
    documents: Iterable[str],
    *,
    useful: bool,
    run: RunRef,
    generation: str = "",
    who: str = "",
) -> Feedback:
    """Keep whether the documents of an answer helped with its question, and return what is kept.

    The same word on the same documents by the same principal is kept once; another word takes the earlier one's place.

    Args:
        platform: where it is kept.
        question: as it was asked.
        documents: ids of the documents that the answer cited.
        useful: whether they helped.
        run: who wrote it down.
        generation: the generation that answered.
        who: the principal, where one is known.

    Raises:
        DataError: the question is empty or too long, or a document is missing or unknown.
        ConflictError: other writers were faster `_CAS_TRIES` times.
    """
    question = " ".join(question.split())
    cited = tuple(sorted(set(documents)))
    _require(platform, question, cited)
    said = Feedback(
        id=digest("feedback", question, who, *cited),
        question=question,
        asked=digest("question", question),
        documents=cited,
        useful=useful,
        generation=generation,
        who=who,
        at=platform.records.now(),
        run=run,
    )
    for _ in range(_CAS_TRIES):
        if platform.records.insert(said):
            return said.but(version=1)
        kept = platform.records.get(Feedback, said.id)
        if kept is not None and kept.useful == useful:
            return kept
        if kept is not None:
            try:
                return platform.records.replace(said.but(version=kept.version))
            except ConflictError:
                continue
    raise ConflictError(f"feedback {said.id}: others were faster {_CAS_TRIES} times", next_step="say it again")


def _require(platform: Platform, question: str, documents: tuple[str, ...]) -> None:
    if not question or len(question) > MOST_CHARACTERS:
        raise DataError(
            "feedback: the question can't be kept",
            expected=f"1 … {MOST_CHARACTERS} characters",
            got=str(len(question)),
            next_step="give the question as it was asked",
        )
    unknown = sorted(set(documents) - set(platform.records.get_many(Document, documents)))
    if unknown or not documents:
        raise DataError(
            "feedback: no word on an answer without its documents",
            expected="ids of the documents that the answer cited",
            got=f"unknown: {', '.join(unknown)}" if unknown else "none",
            next_step="take them from the answer's citations",
        )
