"""The signals that judge a value by its own column, learned together, and distrusted where they say too much."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from kintsugi.contracts.cells import encoding, keys, magnitude, moments, notation, shape, spelling, variants
from kintsugi.contracts.cells.column import Column
from kintsugi.contracts.cells.wrong_cell import Suspicion

Judge = Callable[[str], Suspicion | None]

_ODDITIES = 0.1
"""Share of rows that a signal for oddities may suspect; with more, what it sees isn't odd in this column."""

_REPETITIVE = 10.0
"""Rows for each distinct value, from which a rare value is odd in itself."""

_REMEMBERED = 100_000
"""Values of a column whose spelling is remembered."""


@dataclass(frozen=True)
class Signals:
    """What is known of a column's values.

    Attributes:
        judges: the signals that speak on this column, by name.
        trust: what each one's confidence is multiplied by, 1 when left out.
    """

    judges: Mapping[str, Judge]
    trust: Mapping[str, float] = field(default_factory=dict)

    def suspicions(self, value: str) -> list[Suspicion]:
        """Return everything that is held against a value."""
        return list(self._suspicions(value))

    def _suspicions(self, value: str) -> Iterator[Suspicion]:
        for name, judge in self.judges.items():
            suspicion = judge(value)
            if suspicion is not None:
                yield replace(suspicion, confidence=suspicion.confidence * self.trust.get(name, 1.0))


def learn(column: Column) -> Signals:
    """Return the signals that have something to say on a column."""
    conventions = dict(_conventions(column))
    oddities = {name: judge for name, judge in _oddities(column, conventions) if not _too_many(judge, column)}
    return Signals(conventions | oddities)


def _conventions(column: Column) -> Iterator[tuple[str, Judge]]:
    """Yield signals of what the whole column agrees on; they may suspect a large part of it."""
    yield encoding.SIGNAL, encoding.judge
    numbers = notation.learn(column)
    if numbers is not None:
        yield notation.SIGNAL, numbers.judge
    dates = moments.learn(column)
    if dates is not None:
        yield moments.SIGNAL, dates.judge


def _oddities(column: Column, conventions: Mapping[str, Judge]) -> Iterator[tuple[str, Judge]]:
    shapes = shape.learn(column)
    if shapes is not None and moments.SIGNAL not in conventions:
        yield shape.SIGNAL, shapes.judge
    mistaken = moments.learn_mistaken(column)
    if mistaken is not None and moments.SIGNAL not in conventions:
        yield moments.MISTAKEN, mistaken
    yield spelling.SIGNAL, _spelling(column)
    yield variants.SIGNAL, variants.learn(column).judge
    numbers = magnitude.learn(column)
    if numbers is not None:
        yield magnitude.SIGNAL, numbers.judge
    key = keys.learn(column)
    if key is not None:
        yield keys.SIGNAL, key.judge


def _spelling(column: Column) -> Judge:
    """Return the judge of whole values and, for those of several words, of each word."""
    whole = spelling.learn(column.present, repetitive=column.repetition >= _REPETITIVE)
    single = spelling.learn(spelling.words_in(column), repetitive=False)

    @lru_cache(maxsize=_REMEMBERED)
    def judge(value: str) -> Suspicion | None:
        found = whole.judge(value)
        if found is not None:
            return found
        slips = [
            (word, slip)
            for word in spelling.words_of(value)
            if len(word) > 4 and (slip := single.judge(word)) is not None
        ]
        return spelling.in_text(value, slips) if slips else None

    return judge


def _too_many(judge: Judge, column: Column) -> bool:
    suspected = sum(rows for value, rows in column.present.items() if judge(value) is not None)
    return column.share(suspected) > _ODDITIES
