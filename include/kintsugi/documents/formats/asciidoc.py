"""AsciiDoc: section titles outside delimited blocks; the text stays as it is written."""

import re
from collections.abc import Iterator

from kintsugi.documents.parsed import Heading, Parsed, shortened

_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)$")
_DELIMITER = re.compile(r"(?:-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}\S*|[|,:!]={3,})[ \t]*$")
_UNDERLINE = re.compile(r"([=\-~^+])\1+[ \t]*$")
_LEVELS = "=-~^+"
_SLACK = 1
"""Characters by which an underline may be longer or shorter than its title, as Asciidoctor has it."""


def parse_asciidoc(text: str, name: str, media_type: str) -> Parsed:
    """Return the document; ``= Title`` is level 1, ``==`` level 2, and so on; titles may be underlined, too."""
    headings = tuple(_headings(text))
    title = next((each.title for each in headings if each.level == 1), headings[0].title if headings else name)
    return Parsed(shortened(title), text, headings, media_type)


def _headings(text: str) -> Iterator[Heading]:
    block = ""
    at = 0
    before, above, above_at = "", "", 0
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].rstrip() if stop - at < 2000 else text[at : at + 2000]
        if block:
            block = "" if line == block else block
            line = ""
        elif not before and (level := _underlined(above, line)):
            yield Heading(level, shortened(above), above_at, stop)
            line = ""
        elif _DELIMITER.match(line):
            block = "```" if line.startswith("```") else line
            line = ""
        elif found := _TITLE.match(line):
            yield Heading(len(found.group(1)), shortened(found.group(2)), at, stop)
            line = ""
        before, above, above_at = above, line, at
        at = stop + 1


def _underlined(title: str, line: str) -> int:
    """Return the level that a line gives the one above it; 0 when it is no underline of it."""
    found = _UNDERLINE.match(line)
    fits = found and abs(len(title) - len(line)) <= _SLACK and re.match(r"\w", title)
    return _LEVELS.index(line[0]) + 1 if fits else 0
