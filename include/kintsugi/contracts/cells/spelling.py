"""Slips of the keyboard: a rare value or word close to a frequent one, made of letters that don't stand together here.

Neighbours are found by deleting characters on both sides (SymSpell, Garbe 2012): cost grows with the number of distinct
words, not with its square.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "spelling"

_FREQUENT = 8
"""Rows from which a word can be what another was meant to be."""

_RATIO = 8
"""How many times more often the neighbour occurs."""

_SHORTEST = 3
_LONGEST = 60
_VOCABULARY = 20_000
"""Frequent words that are kept as possible neighbours."""


@dataclass(frozen=True)
class Spelling:
    """The words of a column by how often they occur, and which pairs of letters they are made of."""

    words: Mapping[str, int]
    pairs: Mapping[str, int]
    repetitive: bool
    nearby: Mapping[str, list[str]] = field(repr=False)

    @cached_property
    def most(self) -> int:
        """Rows of the most frequent word."""
        return max(self.words.values(), default=0)

    def judge(self, word: str) -> Suspicion | None:
        """Return a suspicion against a word that is a frequent one with a slip in it."""
        own = max(1, self.words.get(word, 0))
        if not self.nearby or own * _RATIO > self.most or not _has_letters(word):
            return None
        for neighbour in self._neighbours(word):
            if self.words[neighbour] >= _RATIO * own and _digits(word) == _digits(neighbour):
                confidence = self._confidence(word, neighbour, own)
                if confidence:
                    return Suspicion(SIGNAL, f"looks like {neighbour!r} with a slip", confidence, neighbour)
        return None

    def _neighbours(self, word: str) -> list[str]:
        found = {near for key in _deletions(word) for near in self.nearby.get(key, ()) if near != word}
        limit = _edits(word)
        close = [(distance(word, near), -self.words[near], near) for near in found]
        return [near for edits, _, near in sorted(close) if edits <= limit]

    def _confidence(self, word: str, neighbour: str, own: int) -> float:
        """Return how sure a slip is: by letters that stand together nowhere else, else by the odds of both words."""
        new = [pair for pair in _pairs(word) if self.pairs.get(pair, 0) <= min(own, self.words.get(word, 0))]
        odds = self.words[neighbour] / own
        if new and len(word) > _SHORTEST:
            return 0.85
        if new and odds >= 4 * _RATIO:
            return 0.7
        if self.repetitive and odds >= 4 * _RATIO and len(word) > _SHORTEST:
            return 0.6
        return 0.0


def learn(words: Mapping[str, int], *, repetitive: bool) -> Spelling:
    """Return the spelling of words given with how often each occurs.

    Args:
        words: rows by word.
        repetitive: whether words come back so often that a rare one is odd in itself.
    """
    pairs: dict[str, int] = defaultdict(int)
    for word, rows in words.items():
        for pair in set(_pairs(word)):
            pairs[pair] += rows
    nearby: dict[str, list[str]] = defaultdict(list)
    frequent = [word for word, rows in words.items() if rows >= _FREQUENT and len(word) <= _LONGEST]
    for word in frequent[:_VOCABULARY]:
        for key in _deletions(word):
            nearby[key].append(word)
    return Spelling(words, pairs, repetitive, nearby)


def distance(one: str, other: str) -> int:
    """Return how many characters have to be put in, left out, replaced or swapped with their neighbour.

    Optimal string alignment (Damerau 1964).
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        last, row, earlier = row, [i], before
        for j, target in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != target))
            if earlier and j > 1 and char == other[j - 2] and one[i - 2] == target:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


def words_of(value: str) -> list[str]:
    """Return the words of a text that are made of letters alone."""
    return [word for word in value.split() if word.isalpha()]


def words_in(column: Column) -> dict[str, int]:
    """Return the words of a column's values by the number of rows that have them."""
    return ranked((word, rows) for value, rows in column.present.items() for word in set(words_of(value)))


def _edits(word: str) -> int:
    return 2 if 8 <= len(word) <= 24 else 1


def _deletions(word: str) -> set[str]:
    """Return the word, and what is left of it without one or, where two edits are allowed, two characters."""
    once = {word[:place] + word[place + 1 :] for place in range(len(word))}
    if _edits(word) == 1:
        return {word} | once
    return {word} | once | {each[:place] + each[place + 1 :] for each in once for place in range(len(each))}


def _pairs(word: str) -> list[str]:
    framed = f"\x02{word}\x03"
    return [framed[place : place + 2] for place in range(len(framed) - 1)]


def _digits(word: str) -> str:
    """Return the digits: words that differ in one are two words, as codes are."""
    return "".join(char for char in word if char.isdigit())


def _has_letters(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and any(char.isalpha() for char in word)


def in_text(value: str, slips: Sequence[tuple[str, Suspicion]]) -> Suspicion:
    """Return the suspicion against a text for the slips in its words."""
    corrected = {word: slip.suggestion or word for word, slip in slips}
    suggestion = " ".join(corrected.get(word, word) for word in value.split(" "))
    surest = max((slip for _, slip in slips), key=lambda each: each.confidence)
    return Suspicion(SIGNAL, surest.reason, surest.confidence, suggestion)
