"""Cutting a document into passages that the model reads whole and an answer can quote exactly."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kintsugi.documents.blocks import Span, blocks, finer, stripped
from kintsugi.documents.parse import PARSER
from kintsugi.documents.parsed import Heading, Parsed
from kintsugi.documents.tokens import TokenCount, Tokens
from kintsugi.records.document import embedding_text
from kintsugi.settings import Settings
from kintsugi.sources.media import CSV, JSON, JSONL, LOG, PARQUET, TSV

PIPELINE = f"{PARSER}+chunk-1"
"""Parser and chunker; its number goes up when the same text is cut in another way."""

RESERVE = 2
"""Tokens kept free: a tokenizer may count one more where a passage begins or its heading ends."""

MAX_CHARACTERS_PER_TOKEN = 16
"""A bound for text that tokenizers count as next to nothing, like a very long word that they do not know."""

_LINEWISE = (LOG, CSV, TSV, JSON, JSONL, PARQUET)


@dataclass(frozen=True)
class Passage:
    """``parsed.text[start:end]`` under its headings. ``title`` and ``heading`` are what fits beside the text."""

    title: str
    heading: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class _Unit:
    start: int
    end: int
    tokens: int


def pipeline_of(settings: Settings) -> str:
    """Return the name of everything that decides about a document's chunks: documents of another are made again."""
    return f"{PIPELINE}/{settings.chunks.max_tokens}/{settings.embedding.model}"


def passages(parsed: Parsed, tokens: Tokens, max_tokens: int) -> list[Passage]:
    """Return the passages of a document in order; they do not overlap.

    `embedding_text` of each (title, headings, text), with the model's special tokens, has at most ``max_tokens`` tokens
    and no more than the model reads. Each section is cut for itself, so that an edit moves no boundary in any other;
    inside a long section, cuts fall on content (after FastCDC, Xia et al. 2016), so that boundaries settle again after
    an edit. A heading's own line is not repeated in the passage below it; a heading with nothing below is a passage.

    Args:
        parsed: text and headings.
        tokens: the model's tokenizer.
        max_tokens: upper bound of a sequence.
    """
    budget = min(max_tokens, tokens.limit) - tokens.special - RESERVE
    count = TokenCount(tokens, parsed.text)
    linewise = parsed.media_type in _LINEWISE
    found = []
    for path, (start, end) in _sections(parsed.text, parsed.headings):
        title, heading, used = _context(parsed.title, path, tokens, budget // 2)
        room = budget - used
        units = _units(parsed.text, blocks(parsed.text, start, end), count, tokens, room, linewise)
        found += [Passage(title, heading, first, last) for first, last in _packed(parsed.text, units, room)]
    return found


def _sections(text: str, headings: Sequence[Heading]) -> Iterator[tuple[tuple[str, ...], Span]]:
    path: list[Heading] = []
    first = headings[0].start if headings else len(text)
    yield (), stripped(text, 0, first)
    for n, heading in enumerate(headings):
        following = headings[n + 1] if n + 1 < len(headings) else None
        path = [each for each in path if each.level < heading.level] + [heading]
        start, end = stripped(text, heading.end, following.start if following else len(text))
        leaf = following is None or following.level <= heading.level
        if start == end and leaf:
            start, end = stripped(text, heading.start, heading.end)
        yield tuple(each.title for each in path), (start, end)


def _context(title: str, path: tuple[str, ...], tokens: Tokens, limit: int) -> tuple[str, tuple[str, ...], int]:
    for skipped in range(len(path) + 1):
        kept = path[skipped:]
        used = len(tokens.starts(embedding_text(title, kept, "")))
        if used <= limit:
            return title, kept, used
    starts = tokens.starts(title)
    short = title[: starts[limit]].rstrip() if len(starts) > limit else title
    return short, (), min(len(starts), limit)


def _units(
    text: str, spans: Iterable[Span], count: TokenCount, tokens: Tokens, room: int, linewise: bool
) -> Iterator[_Unit]:
    for (start, end), until in _followed(spans):
        used = count(start, until)
        if used <= room and end - start <= room * MAX_CHARACTERS_PER_TOKEN:
            yield _Unit(start, end, used)
        elif (parts := finer(text, start, end, linewise=linewise)) is not None:
            yield from _units(text, parts, count, tokens, room, linewise)
        else:
            yield from _pieces(text, start, end, tokens, room)


def _followed(spans: Iterable[Span]) -> Iterator[tuple[Span, int]]:
    """Yield each span with the start of the next one; the last with its own end."""
    last: Span | None = None
    for span in spans:
        if last is not None:
            yield last, span[0]
        last = span
    if last is not None:
        yield last, last[1]


def _pieces(text: str, start: int, end: int, tokens: Tokens, room: int) -> Iterator[_Unit]:
    size = room * MAX_CHARACTERS_PER_TOKEN
    while True:
        cuts = [(at, min(at + size, end)) for at in range(start, end, size)]
        pieces = [_Unit(first, last, len(tokens.starts(text[first:last]))) for first, last in cuts]
        if size == 1 or all(piece.tokens <= room for piece in pieces):
            yield from pieces
            return
        size //= 2


def _packed(text: str, units: Iterator[_Unit], room: int) -> Iterator[Span]:
    start = end = used = 0
    for unit in units:
        too_much = used + unit.tokens > room or unit.end - start > room * MAX_CHARACTERS_PER_TOKEN
        if used and (too_much or (used * 2 >= room and _is_anchor(text, unit))):
            yield start, end
            used = 0
        if not used:
            start = unit.start
        end = unit.end
        used += unit.tokens or 1
    if used:
        yield start, end


def _is_anchor(text: str, unit: _Unit) -> bool:
    return zlib.crc32(text[unit.start : unit.end].encode("utf-8", "replace")) % 4 == 0
