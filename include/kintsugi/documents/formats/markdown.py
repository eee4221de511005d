"""Markdown: headings as CommonMark has them; the text stays as it is written."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from kintsugi.documents.parsed import Heading, Parsed, shortened

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MAY_BE_HEADING = re.compile(r"^[ \t]*(?:#|=+[ \t]*$|-+[ \t]*$)", re.MULTILINE)
_BESIDE_A_MARK = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]+#")
_QUOTED = {"blockquote_open": 1, "blockquote_close": -1}
_FRONT_TITLE = re.compile(r"^title:(.*)$", re.MULTILINE)

_LONGEST_TITLE = 2000
"""Characters of a heading in which markup is looked for: what is shown of it is far shorter."""


def parse_markdown(text: str, name: str, media_type: str, *, underlined: bool = True) -> Parsed:
    """Return the document; its title is the first heading of level 1, else the front matter's, else ``name``.

    Headings inside quotes, and those that stand beside the mark of a list item, make no section.

    ``underlined`` says whether a line below which ``===`` or ``---`` stands is a heading.
    """
    front = _front_matter_end(text)
    headings = tuple(_headings(text, front, underlined))
    title = next((each.title for each in headings if each.level == 1), "")
    if not title and front:
        named = _FRONT_TITLE.search(text, 0, front)
        title = _unquoted(named.group(1)) if named else ""
    return Parsed(shortened(title or name), text, headings, media_type)


def _front_matter_end(text: str) -> int:
    if not text.startswith("---\n"):
        return 0
    closing = re.compile(r"^(---|\.\.\.)[ \t]*$", re.MULTILINE).search(text, 4)
    return closing.end() if closing else 0


def _headings(text: str, start: int, underlined: bool) -> Iterator[Heading]:
    if not _MAY_BE_HEADING.search(text, start):
        return
    grammar = _grammar(underlined)
    tokens = grammar.parse(text[start:])
    lines = _Lines(text, start)
    quotes = 0
    for opening, inline in pairwise(tokens):
        quotes += _QUOTED.get(opening.type, 0)
        if opening.type != "heading_open" or opening.map is None or quotes:
            continue
        first, end = opening.map
        at = lines.start(first)
        title = _plain(grammar, inline.content) if _BESIDE_A_MARK.match(text, at) is None else ""
        if title:
            yield Heading(int(opening.tag[1:]), title, at, lines.end(end - 1))


class _Lines:
    """Offsets of lines, asked for in ascending order."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._number = 0
        self._at = start

    def start(self, number: int) -> int:
        """Return the offset at which a line begins, counted from 0."""
        while self._number < number:
            self._at = self._text.index("\n", self._at) + 1
            self._number += 1
        return self._at

    def end(self, number: int) -> int:
        """Return the offset at which a line ends, before its line end."""
        found = self._text.find("\n", self.start(number))
        return len(self._text) if found < 0 else found


@cache
def _grammar(underlined: bool) -> "MarkdownIt":
    """Return a parser of what headings depend on: other markup is looked at in headings only, if at all."""
    from markdown_it import MarkdownIt

    grammar = MarkdownIt("commonmark").disable("reference")
    grammar.core.ruler.enableOnly(["normalize", "block"])
    return grammar if underlined else grammar.disable("lheading")


def _plain(grammar: "MarkdownIt", title: str) -> str:
    tokens: list[Token] = []
    grammar.inline.parse(title[:_LONGEST_TITLE], grammar, {}, tokens)
    return shortened("".join(_shown(tokens)).strip())


def _shown(tokens: "Sequence[Token]") -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "text_special", "code_inline"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.children:
            yield from _shown(token.children)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
