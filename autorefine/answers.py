"""The form of an answer, whatever it is about: how many things, of which shape, words or numbers."""

import re
from dataclasses import dataclass
from functools import lru_cache

from autorefine.symbols import masked

_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"\d")
_BETWEEN = re.compile(r"\n|(?<=[)\]}])\s*,\s*")
_NAMED = re.compile(r"<\w+>|[^\W\d]\w*")
_EDGES = "[] \t"
_MOST_THINGS = 200
_MOST_PARTS = 6
_SHAPE = 40


@dataclass(frozen=True)
class Answer:
    """What came back, as form.

    Attributes:
        text: the answer.
        words: its words, in small letters.
        things: lines, or bracketed items of a list; 200 at most.
        made_of: whether it holds words, numbers, both or neither.
        shape: the first thing with every value and word masked.
        width: how many parts the first thing has, 6 at most; 0 without a thing.
        repeats: whether a thing comes twice.
    """

    text: str
    words: frozenset[str]
    things: int
    made_of: str
    shape: str
    width: int
    repeats: bool


@lru_cache(maxsize=8192)
def answer_of(text: str) -> Answer:
    """Return the form of an answer; remembers the newest thousands, since runs see the same answers again."""
    things = [thing for part in _BETWEEN.split(text) if (thing := part.strip(_EDGES))][:_MOST_THINGS]
    words = _WORD.findall(text)
    first = things[0] if things else ""
    kinds = [name for name, there in (("words", words), ("numbers", _NUMBER.search(text))) if there]
    return Answer(
        text=text,
        words=frozenset(word.lower() for word in words),
        things=len(things),
        made_of=" and ".join(kinds) or "neither words nor numbers",
        shape=_NAMED.sub(_mask, masked(first[: 2 * _SHAPE]))[:_SHAPE],
        width=min(_MOST_PARTS, first.count(",") + 1 - first.endswith(",)")) if first else 0,
        repeats=len(set(things)) < len(things),
    )


def _mask(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else "<word>"
