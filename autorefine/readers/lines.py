"""Lines as JSON documents: what can't be read is reported with its number, and the others go on."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

T = TypeVar("T")

MAX_CHARACTERS = 64_000_000
"""A line, or a document over many lines, that is longer is refused."""

NOT_SO = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a document that has another form raises."""


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read, and why; ``number`` counts from 1."""

    number: int
    reason: str


OnBadLine = Callable[[BadLine], object]


def documents(lines: Iterable[str], on_bad_line: OnBadLine) -> Iterator[tuple[int, object]]:
    """Yield line numbers with the JSON document on each line; blank lines are passed over.

    Where the first line is a bracket alone, all lines are one document, as JSON for people is written.
    """
    remaining = iter(enumerate(lines, start=1))
    first = next(((number, line) for number, line in remaining if line.strip()), None)
    if first is None:
        return
    spread = first[1].strip() in ("[", "{")
    whole = _joined(first, remaining, on_bad_line) if spread else chain([first], remaining)
    for number, line in whole:
        if not line.strip():
            continue
        try:
            if len(line) > MAX_CHARACTERS:
                raise ValueError(f"at most {MAX_CHARACTERS:,} characters, got {len(line):,}")
            document = json.loads(line)
        except NOT_SO as refused:
            on_bad_line(BadLine(number, f"expected JSON: {refused}"))
        else:
            yield number, document


def each_run(lines: Iterable[str], on_bad_line: OnBadLine, read: Callable[[object], T]) -> Iterator[T]:
    """Yield what ``read`` makes of each document; one that it refuses is given to ``on_bad_line`` and skipped."""
    for number, document in documents(lines, on_bad_line):
        try:
            yield read(document)
        except NOT_SO as refused:
            on_bad_line(BadLine(number, reason(refused)))


def reason(refused: Exception) -> str:
    """Return why something was refused, with what it lacks in words."""
    return f"lacks {refused}" if isinstance(refused, KeyError) else str(refused) or type(refused).__name__


def _joined(
    first: tuple[int, str], rest: Iterator[tuple[int, str]], on_bad_line: OnBadLine
) -> Iterator[tuple[int, str]]:
    pieces, length = [first[1]], len(first[1])
    for _, line in rest:
        pieces.append(line)
        length += len(line)
        if length > MAX_CHARACTERS:
            on_bad_line(BadLine(first[0], f"a document of more than {MAX_CHARACTERS:,} characters"))
            return
    yield first[0], "\n".join(pieces)
