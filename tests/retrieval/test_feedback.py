"""Feedback is kept once for what was said, and the last word counts."""

import pytest

from kintsugi.errors import ConflictError, DataError
from kintsugi.records import Feedback
from kintsugi.retrieval.feedback import give_feedback
from tests.builders import RUN, document

ONE, TWO = document("one.md"), document("two.md")


@pytest.fixture
def say(platform):
    platform.records.put([ONE, TWO])

    def say(useful=True, question="Why?", documents=(ONE.id,), **more):
        return give_feedback(platform, question, documents, useful=useful, run=RUN, **more)

    return say


def test_the_same_word_twice_is_kept_once(platform, clock, say):
    first = say(documents=(ONE.id, TWO.id))
    clock.advance(10)
    again = say(documents=(TWO.id, ONE.id, ONE.id), question=" Why? \n")
    assert again == first
    assert list(platform.records.scan(Feedback)) == [first]


def test_another_word_takes_the_place_of_the_earlier_one(platform, clock, say):
    say()
    clock.advance(10)
    last = say(useful=False)
    assert list(platform.records.scan(Feedback)) == [last]
    assert (last.useful, last.at, last.version) == (False, clock(), 2)


def test_other_people_and_other_documents_are_other_words(platform, say):
    kept = {say().id, say(who="ann").id, say(who="ben").id, say(documents=(TWO.id,)).id, say(question="How?").id}
    assert len(kept) == platform.records.count(Feedback) == 5


@pytest.mark.parametrize("documents", [(), ("unknown",), (ONE.id, "unknown")])
def test_feedback_without_known_documents_is_refused(platform, say, documents):
    with pytest.raises(DataError, match="its documents"):
        say(documents=documents)
    assert platform.records.count(Feedback) == 0


@pytest.mark.parametrize("question", ["", " \n", "x" * 4_001])
def test_a_question_that_cannot_be_kept_is_refused(say, question):
    with pytest.raises(DataError, match="the question can't be kept"):
        say(question=question)


def test_writers_that_are_always_faster_end_in_an_error_and_not_in_a_loop(platform, say):
    class Contended:
        """A store where somebody else writes before each of our replaces."""

        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def replace(self, record):
            self._inner.put([self._inner.get(type(record), record.id)])
            return self._inner.replace(record)

    say()
    with pytest.raises(ConflictError, match="others were faster"):
        give_feedback(platform.using(records=Contended(platform.records)), "Why?", [ONE.id], useful=False, run=RUN)
