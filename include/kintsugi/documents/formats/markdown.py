"""Markdown: headings outside code fences; the text stays as it is written."""

import re
from collections.abc import Iterator

from kintsugi.documents.parsed import Heading, Parsed, shortened

_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FRONT_TITLE = re.compile(r"^title:(.*)$", re.MULTILINE)
_MARKUP = re.compile(
    r"[*`]{1,3}(?=\S)|(?<=\S)[*`]{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=[^\s_])_{1,3}(?!\w)|!?\[([^\]]*)\]\([^)]*\)"
)

_LONGEST_TITLE = 2000
"""Characters of a heading in which markup is looked for: what is shown of it is far shorter."""


def parse_markdown(text: str, name: str, media_type: str, *, underlined: bool = True) -> Parsed:
    """Return the document; its title is the first heading of level 1, else the front matter's, else ``name``.

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
    fence = ""
    previous: tuple[int, str] | None = None
    at = start
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop]
        opened = _FENCE.match(line)
        if opened:
            mark = opened.group(1)
            if not fence:
                fence = mark
            elif mark.startswith(fence) and not line.strip().strip(mark[0]):
                fence = ""
            previous = None
        elif not fence:
            atx = _ATX.match(line)
            underline = _UNDERLINE.match(line) if previous and underlined else None
            if atx and (title := _plain(_without_closing(line[atx.end() :]))):
                yield Heading(len(atx.group(1)), title, at, stop)
                previous = None
            elif underline and previous and (title := _plain(previous[1])):
                yield Heading(1 if underline.group(1)[0] == "=" else 2, title, previous[0], stop)
                previous = None
            else:
                previous = (at, line) if _may_be_underlined(line, previous) else None
        at = stop + 1


def _may_be_underlined(line: str, previous: tuple[int, str] | None) -> bool:
    starts_paragraph = previous is None
    return starts_paragraph and bool(line.strip()) and not line.startswith(("    ", "\t", ">", "|", "- ", "* ", "+ "))


def _without_closing(title: str) -> str:
    """Return the title of an ATX heading without the ``#`` that may close it after a blank."""
    title = title.rstrip()
    open_end = title.rstrip("#")
    return open_end if not open_end or open_end[-1] in " \t" else title


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _plain(title: str) -> str:
    return shortened(_MARKUP.sub(lambda found: found.group(1) or "", title[:_LONGEST_TITLE]).strip())
