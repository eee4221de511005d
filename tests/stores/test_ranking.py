"""A deterministic k best from an engine that breaks ties as it likes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.stores.ranking import SPARE, WIDEST, best
from kintsugi.stores.search import Hit

HITS = st.dictionaries(st.text(max_size=3), st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=60).map(
    lambda scores: [Hit(id, score) for id, score in scores.items()]
)


class Engine:
    """Ranks by score and breaks ties by luck, anew at each call, as engines with segments and threads do."""

    def __init__(self, hits: list[Hit], seed: int) -> None:
        self._hits = hits
        self._rng = random.Random(seed)
        self.limits: list[int] = []

    def __call__(self, limit: int) -> list[Hit]:
        self.limits.append(limit)
        shuffled = self._rng.sample(self._hits, len(self._hits))
        return sorted(shuffled, key=lambda hit: -hit.score)[:limit]


@given(HITS, st.integers(-1, 70), st.integers())
def test_the_k_best_are_those_of_a_full_sort_by_score_then_id(hits: list[Hit], k: int, seed: int) -> None:
    expected = sorted(hits, key=lambda hit: (-hit.score, hit.id))[: max(k, 0)]
    assert best(Engine(hits, seed), k) == expected


@given(HITS, st.integers(0, 30), st.integers(1, 30), st.integers())
def test_fewer_hits_are_the_beginning_of_more(hits: list[Hit], k: int, more: int, seed: int) -> None:
    assert best(Engine(hits, seed), k + more)[:k] == best(Engine(hits, seed + 1), k)


def test_the_engine_is_asked_once_where_no_tie_crosses_the_border() -> None:
    engine = Engine([Hit(str(n), -float(n // 10)) for n in range(40)], seed=1)
    assert len(best(engine, 10)) == 10
    assert engine.limits == [10 + SPARE]


@pytest.mark.parametrize("k", [0, -5])
def test_the_engine_is_not_asked_for_nothing(k: int) -> None:
    engine = Engine([Hit("a", 1.0)], seed=1)
    assert best(engine, k) == []
    assert engine.limits == []


def test_a_tie_of_everything_is_cut_off_in_a_few_questions() -> None:
    engine = Engine([Hit(f"{n:05}", 1.0) for n in range(10_000)], seed=1)
    hits = best(engine, 5)
    assert len(hits) == 5
    assert len(engine.limits) <= 6
    assert max(engine.limits) == 5 + WIDEST


def test_an_engine_without_hits_is_asked_once() -> None:
    engine = Engine([], seed=1)
    assert best(engine, 3) == []
    assert engine.limits == [3 + SPARE]
