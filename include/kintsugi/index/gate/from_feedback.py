"""Golden queries out of what people said about answers."""

from collections import Counter
from collections.abc import Iterator

from kintsugi.index.gate.query import GoldenQuery
from kintsugi.records import Document, Feedback
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

VOICES = 4
"""Newest words of praise that are read for each question wanted: several people may praise the same answer."""

QUESTIONS_AT_ONCE = 200


def feedback_queries(records: RecordStore, count: int) -> Iterator[GoldenQuery]:
    """Yield at most ``count`` questions, the newest first, whose answers more people found useful than not.

    A document is relevant when more of those who said something about it said good than bad.
    """
    praised = records.latest(Feedback, "at", {"useful": True}, limit=VOICES * count)
    questions = {each.asked: each.question for each in praised}
    asked = list(questions)[:count]
    for first in range(0, len(asked), QUESTIONS_AT_ONCE):
        some = asked[first : first + QUESTIONS_AT_ONCE]
        votes = _votes(records, some)
        named = records.get_many(Document, _liked(votes))
        for each in some:
            living = [id for id, vote in votes[each].items() if vote > 0 and id in named]
            relevant = {id: 1 for id in living if named[id].deleted_at is None}
            if relevant:
                yield GoldenQuery(questions[each], relevant, "feedback")


def _votes(records: RecordStore, asked: list[str]) -> dict[str, Counter[str]]:
    votes: dict[str, Counter[str]] = {each: Counter() for each in asked}
    for each in records.scan(Feedback, {"asked": OneOf(tuple(asked))}):
        for document in each.documents:
            votes[each.asked][document] += 1 if each.useful else -1
    return votes


def _liked(votes: dict[str, Counter[str]]) -> set[str]:
    return {id for counted in votes.values() for id, vote in counted.items() if vote > 0}
