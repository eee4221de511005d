"""Sentences of a passage, with their places: what an extractive answer quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FEWEST_CHARACTERS = 15
MOST_CHARACTERS = 400

_FENCE = re.compile(r"^\s*(```|~~~)")
_BLOCK_START = re.compile(r"^\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+|#{1,6}\s+|>\s+|\|)")
_RULE = re.compile(r"^[\s=\-~^*_|:+]*$")
_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[`]*[A-Z0-9`])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|no|fig|al|approx)|\b[A-Z])\.$", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """A piece of a text: ``text[start:end]``."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """Return the sentences of a passage of prose, Markdown or log lines, in order.

    A list item, a table row and a paragraph end a sentence; so does a line of a code block. Headings, rules and what is
    shorter than `FEWEST_CHARACTERS` are left out. A sentence longer than `MOST_CHARACTERS` is cut at a word.
    """
    found: list[Span] = []
    for start, end in _blocks(text):
        for span in _split(text, start, end):
            if span.end - span.start >= FEWEST_CHARACTERS:
                found += _bounded(text, span)
    return found


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches of lines that belong together, without their list marks."""
    position = 0
    begin: int | None = None
    fenced = False
    for line in text.splitlines(keepends=True):
        start, end = position, position + len(line.rstrip("\r\n"))
        position += len(line)
        is_fence = bool(_FENCE.match(line))
        marked = None if fenced else _BLOCK_START.match(line)
        ends_block = is_fence or fenced or marked is not None or bool(_RULE.match(line))
        if ends_block and begin is not None:
            yield begin, start
            begin = None
        if is_fence:
            fenced = not fenced
        elif fenced:
            yield start, end
        elif marked and marked.group().strip().startswith("#"):
            continue
        elif not _RULE.match(line) and begin is None:
            begin = start + (marked.end() if marked else 0)
    if begin is not None:
        yield begin, len(text)


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    block = text[start:end]
    begin = 0
    for boundary in _END.finditer(block):
        if _ABBREVIATION.search(block[begin : boundary.start()]):
            continue
        yield _trimmed(text, start + begin, start + boundary.start())
        begin = boundary.end()
    yield _trimmed(text, start + begin, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))


def _bounded(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > MOST_CHARACTERS:
        cut = text.rfind(" ", start, start + MOST_CHARACTERS)
        cut = cut if cut > start else start + MOST_CHARACTERS
        yield _trimmed(text, start, cut)
        start = cut
    rest = _trimmed(text, start, span.end)
    if rest.end > rest.start:
        yield rest
