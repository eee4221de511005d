"""The grain of a text: paragraphs, code and tables kept whole, then lines or sentences, then words."""

import re
from collections.abc import Iterator
from itertools import chain, islice

Span = tuple[int, int]
"""Start and end of a stretch of the text."""

_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})")
_LINEWISE = re.compile(r"[ \t]*(?:[-*+•|>#$]|\d+[.)])(?=\s|\|)|```|~~~|[ \t]{2,}\S")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n[ \t]*\n")
_WORD = re.compile(r"\S+")


def blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield paragraphs between blank lines; a fenced block is one, blank lines and all; so is an indented one."""
    begun: int | None = None
    stop = start
    fence = ""
    blank = indented = False
    for at, line_end in _lines(text, start, end):
        line = text[at:line_end]
        marked = _FENCE.match(line)
        if not line.strip():
            blank = True
            continue
        goes_on = bool(fence) or (indented and line.startswith((" ", "\t")))
        if begun is not None and blank and not goes_on:
            yield begun, stop
            begun = None
        if begun is None:
            begun = at
            indented = line.startswith(("    ", "\t"))
        if marked and not fence:
            fence = marked.group(1)
        elif marked and fence and marked.group(1).startswith(fence):
            fence = ""
        stop, blank = line_end, False
    if begun is not None:
        yield begun, stop


def finer(text: str, start: int, end: int, *, linewise: bool = False) -> Iterator[Span] | None:
    """Return the parts of a stretch at the next finer grain: lines, else sentences, else words; ``None`` at the end.

    Lines come first for lists, tables, code and logs; prose with hard line breaks is cut at sentences before lines.
    """
    grains = [_by_line, _by_sentence] if linewise or _LINEWISE.match(text, start) else [_by_sentence, _by_line]
    for grain in (*grains, _by_word):
        parts = (span for span in grain(text, start, end) if span[0] < span[1])
        first = list(islice(parts, 2))
        if len(first) > 1:
            return chain(first, parts)
    return None


def _by_line(text: str, start: int, end: int) -> Iterator[Span]:
    return (stripped(text, *line) for line in _lines(text, start, end))


def _by_sentence(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for found in _SENTENCE.finditer(text, start, end):
        yield stripped(text, at, found.start())
        at = found.end()
    yield stripped(text, at, end)


def _by_word(text: str, start: int, end: int) -> Iterator[Span]:
    return ((found.start(), found.end()) for found in _WORD.finditer(text, start, end))


def stripped(text: str, start: int, end: int) -> Span:
    """Return the stretch without white space at its ends; empty when there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        yield at, stop
        at = stop + 1
