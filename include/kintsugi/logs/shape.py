"""The shape of a message: its words with what varies left open, and where those openings stand in the message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kintsugi.logs.mask import WILD

_UNIT = (
    r"(?:[kmgtp]i?b|bytes?|b|(?:milli|micro|nano)?seconds?|millis|ms|us|ns|secs?|s|mins?|minutes?|hours?|hrs?|h|days?"
    r"|[kmg]?hz|percent)"
)
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_ZONE = r"(?:utc|gmt|[ecmp][sd]t|cest|cet|bst|ist|jst)"
_WILD = re.escape(WILD)

_SPANNING = re.compile(
    rf"""
      (?<!\S)(?:{_DAY},?\ )?{_MONTH}\ {_WILD}(?:\ {_WILD})?(?:\ {_ZONE})?(?:\ {_WILD})?(?!\S)
    | {_WILD}\ {_UNIT}(?:\ \({_WILD}\ {_UNIT}\))?(?![\w<])
    | (?<==)"[^"]*"(?=[\s,;)\]}}]|$)
    | (?<==)'[^']*'(?=[\s,;)\]}}]|$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Values of more than one word: dates, quantities with their unit (and the same again in brackets), quoted values."""

_LIST_MARKS = ",;"
_MARK = "\0"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a varying value stands: ``words[start:end]`` of the message, without what the shape says around it."""

    position: int
    start: int
    end: int
    before: int
    after: int

    def value(self, words: Sequence[str]) -> str:
        """Return the value in the words of a message of this shape."""
        text = words[self.start] if self.end == self.start + 1 else " ".join(words[self.start : self.end])
        return text[self.before : len(text) - self.after] or text


@dataclass(frozen=True, slots=True)
class Shape:
    """A message's tokens, some of which hold `WILD`, and a slot for each of those."""

    tokens: tuple[str, ...]
    slots: tuple[Slot, ...]


def shape_of(masked_words: Sequence[str]) -> Shape:
    """Return the shape of a message from its masked words.

    Values of several words become one token, and so does a list of values: the same token again and again, with or
    without commas, is one token however long the list is.
    """
    text = " ".join(masked_words).replace(_MARK, "\ufffd")
    tokens: list[tuple[str, int, int]] = []
    for token, start, end in _joined(text):
        if tokens and WILD in token and token.rstrip(_LIST_MARKS) == tokens[-1][0].rstrip(_LIST_MARKS):
            tokens[-1] = (token, tokens[-1][1], end)
        else:
            tokens.append((token, start, end))
    slots = tuple(
        _slot(position, token, start, end) for position, (token, start, end) in enumerate(tokens) if WILD in token
    )
    return Shape(tuple(token for token, _, _ in tokens), slots)


def _joined(text: str) -> list[tuple[str, int, int]]:
    """Return ``(token, start, end)`` in words of ``text``, where a value that spans words is one token."""
    marked, spans = [], []
    at = 0
    for found in _SPANNING.finditer(text):
        spans.append(found.group().count(" "))
        marked += [text[at : found.start()], _MARK]
        at = found.end()
    marked.append(text[at:])
    widths = iter(spans)
    result, word = [], 0
    for token in "".join(marked).split(" "):
        width = 1 + sum(next(widths) for _ in range(token.count(_MARK)))
        result.append((token.replace(_MARK, WILD), word, word + width))
        word += width
    return result


def _slot(position: int, token: str, start: int, end: int) -> Slot:
    before = token.index(WILD)
    after = len(token) - token.rindex(WILD) - len(WILD)
    return Slot(position, start, end, before, after)
