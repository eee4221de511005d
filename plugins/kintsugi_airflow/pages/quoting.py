"""Quoted sentences as a person reads them: what stood as Markdown or reStructuredText in the source is set as text.

The words stay those of the source; only marks go. The exact characters are in the JSON answer, with their offsets.
"""

import re

from markupsafe import Markup, escape

BETWEEN_CELLS = " · "
BETWEEN_HEADINGS = " › "

_LEADING = re.compile(r"^(?:(?:[-*+•>]|#{1,6}|\[[ xX]\])\s+)+")
_CELL = re.compile(r"(?:`[^`]*`|\\.|[^|])+")
_MARK = re.compile(
    r"""
    (?::[\w:+-]+:)?(?P<ticks>`+)(?P<code>.+?)(?P=ticks)_{0,2}   # `code`, ``code``, :role:`code`, `link <address>`_
    | !?\[(?P<link>[^\[\]]+)\](?:\([^()\s]*\)|\[[^\[\]]*\])     # [text](address), [text][name]
    | <(?P<address>https?://[^\s<>]+)>
    | (?<![\w*])(?P<heavy>\*{2,3})(?=[^\s*])(?P<strong>.+?)(?<=[^\s*])(?P=heavy)(?![\w*])
    | (?<![\w*])(?P<light>[*_])(?=[^\s*_])(?P<em>.*?[^\s*_])(?P=light)(?![\w*])
    | \\(?P<plain>[\\`*_{}\[\]()#+.!|<>~-])
    | (?:(?<=\s)|^)(?:\*\*|`)(?=\S)                             # opened, and closed beyond the end of the sentence
    | (?<=\S)(?:\*\*|`)(?=[\s.,;:!?)]|$)                        # closed, and opened before its beginning
    """,
    re.VERBOSE,
)
_ADDRESS_OF_LINK = re.compile(r"\s*<[^<>\s]+>$")


def quoted(text: str) -> Markup:
    """Return a sentence, escaped, with code, strong and emphasised words as HTML; a table row's cells in a line."""
    text = _LEADING.sub("", text.strip())
    if not (text.startswith("|") or text.endswith("|")):
        return _set(text)
    cells = [cell.strip() for cell in _CELL.findall(text)]
    return Markup(BETWEEN_CELLS).join(_set(cell) for cell in cells if cell)


def below(heading: str, title: str) -> str:
    """Return the path of headings to a place in a document, without the document's title that it begins with."""
    headings = heading.split(BETWEEN_HEADINGS)
    return BETWEEN_HEADINGS.join(headings[1:] if headings[0] == title else headings)


def _set(text: str) -> Markup:
    done = Markup()
    position = 0
    for mark in _MARK.finditer(text):
        done += escape(text[position : mark.start()]) + _as_html(mark)
        position = mark.end()
    return done + escape(text[position:])


def _as_html(mark: re.Match[str]) -> Markup:
    if mark["code"]:
        if mark.group().endswith("_"):
            return _set(_ADDRESS_OF_LINK.sub("", mark["code"]))
        return Markup("<code>{}</code>").format(mark["code"])
    if mark["strong"]:
        return Markup("<b>{}</b>").format(_set(mark["strong"]))
    if mark["em"]:
        return Markup("<em>{}</em>").format(_set(mark["em"]))
    if mark["link"]:
        return _set(mark["link"])
    return escape(mark["address"] or mark["plain"] or "")
