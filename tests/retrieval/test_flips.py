"""Readers while generations are flipped, dropped and rolled back: one answer, one truth."""

import threading

import pytest

from kintsugi.errors import StoreUnavailable
from kintsugi.index.generations import serving
from kintsugi.index.publish import build, publish
from kintsugi.index.retention import drop
from kintsugi.index.switch import promote, roll_back
from kintsugi.records import Generation
from kintsugi.retrieval.answer import ask
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.stores.search import Scope
from tests.builders import RUN
from tests.index.corpus import store
from tests.index.crashing import opened, seed_few

EVERYTHING = Scope(principals=None)


@pytest.fixture
def served(settings, clock):
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    yield platform
    platform.close()


class Meddling:
    """An index whose reader is overtaken: something happens right before its n-th call of a method."""

    def __init__(self, inner, method, happens, call=1):
        self._inner, self._method, self._happens, self._left = inner, method, happens, call
        self.asked = []

    def __getattr__(self, name):
        method = getattr(self._inner, name)

        def called(generation, *args, **kwargs):
            if name in ("search_text", "search_vector", "entries"):
                self.asked.append(generation)
            if name == self._method:
                self._left -= 1
                if self._left == 0:
                    self._happens()
            return method(generation, *args, **kwargs)

        return called if callable(method) else method


def test_a_flip_is_seen_by_the_very_next_question(served):
    first = ask(served, "word0 word1", EVERYTHING)
    second = build(served, RUN).generation
    assert first.generation != second
    assert ask(served, "word0 word1", EVERYTHING).generation == second
    roll_back(served)
    assert ask(served, "word0 word1", EVERYTHING).generation == first.generation


@pytest.mark.parametrize("method", ["search_text", "search_vector", "entries"])
def test_a_reader_who_is_overtaken_by_a_flip_answers_whole_from_the_generation_it_began_with(served, method):
    first = serving(served.records).id
    second = build(served, RUN).generation
    roll_back(served)
    index = Meddling(served.index, method, lambda: promote(served, second))
    found = retrieve(served.using(index=index), "word0 word1", 5, EVERYTHING)
    assert found.generation == first
    assert set(index.asked) == {first}
    assert found.found


@pytest.mark.parametrize("method", ["search_text", "search_vector", "entries"])
def test_a_reader_whose_index_is_dropped_meanwhile_asks_the_new_generation_once_more(served, method):
    first = serving(served.records).id
    second = build(served, RUN).generation
    roll_back(served)

    def flip_and_drop():
        promote(served, second)
        drop(served, first, force=True)

    index = Meddling(served.index, method, flip_and_drop)
    found = retrieve(served.using(index=index), "word0 word1", 5, EVERYTHING)
    assert found.generation == second
    assert found.found
    cut = index.asked.index(second)
    assert set(index.asked[cut:]) == {second}, "nothing of the first try is in the answer"


def test_an_index_that_is_gone_without_a_flip_is_an_error_and_not_an_endless_try(served):
    served.index.drop(serving(served.records).id)
    with pytest.raises(StoreUnavailable):
        retrieve(served, "word0 word1", 5, EVERYTHING)


def test_readers_beside_flips_drops_and_writers_get_whole_answers_of_one_generation_each(served, clock):
    stop = threading.Event()
    problems, answers = [], []

    def read():
        while not stop.is_set():
            answer = ask(served, "word0 word1 word2", EVERYTHING)
            if not answer.evidence:
                problems.append("no evidence")
            if {each.generation for each in answer.sentences} != {answer.generation}:
                problems.append("two truths")
            answers.append(answer.generation)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(4):
            clock.advance(1000)
            store(served, f"new{turn}.md", [f"Something new in turn {turn}."])
            clock.advance(1000)
            build(served, RUN)
            for each in list(served.records.scan(Generation, {"state": "retired"})):
                if each.dropped_at is None:
                    drop(served, each.id)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert problems == []
    assert len(set(answers)) > 1, "readers saw a flip"
