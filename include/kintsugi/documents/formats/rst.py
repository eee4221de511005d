"""reStructuredText: section titles by their adornment; the text stays as it is written."""

import re

from kintsugi.documents.parsed import Heading, Parsed, shortened

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")


def parse_rst(text: str, name: str, media_type: str) -> Parsed:
    """Return the document; levels follow the order in which the styles of adornment appear, as docutils has it."""
    styles: list[str] = []
    headings: list[Heading] = []
    for start, end, style, title in _titles(text):
        if style not in styles:
            styles.append(style)
        headings.append(Heading(styles.index(style) + 1, shortened(title), start, end))
    title = headings[0].title if headings else name
    return Parsed(shortened(title), text, tuple(headings), media_type)


def _titles(text: str) -> list[tuple[int, int, str, str]]:
    lines: list[tuple[int, int, str]] = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, at + len(line), line))
        at += len(line) + 1
    found = []
    n = 0
    while n < len(lines):
        line = lines[n][2]
        over = _ADORNMENT.match(line)
        if over and n + 2 < len(lines) and _is_title(lines[n + 1][2].strip(), lines[n + 2][2], over.group(1)):
            found.append((lines[n][0], lines[n + 2][1], over.group(1) * 2, lines[n + 1][2].strip()))
            n += 3
            continue
        under = _ADORNMENT.match(lines[n + 1][2]) if n + 1 < len(lines) else None
        starts = n == 0 or not lines[n - 1][2].strip()
        if under and not over and starts and _is_title(line, lines[n + 1][2], under.group(1)):
            found.append((lines[n][0], lines[n + 1][1], under.group(1), line.strip()))
            n += 2
            continue
        n += 1
    return found


def _is_title(title: str, under: str, mark: str) -> bool:
    adornment = _ADORNMENT.match(under)
    if not title.strip() or title.startswith((" ", "\t")) or not adornment or adornment.group(1) != mark:
        return False
    return len(under.rstrip()) >= len(title.rstrip()) and not _ADORNMENT.match(title)
