"""DOCX: headings by their styles, paragraphs, lists and tables in the order in which a reader meets them."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kintsugi.documents.decode import storable
from kintsugi.documents.parsed import Heading, Parsed, shortened
from kintsugi.errors import DataError

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED = 500_000_000
"""Bytes of all parts together."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", _FALLBACK)
_SHOWN = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING = re.compile(r"heading ([1-9])\b", re.IGNORECASE)
_CODE = re.compile(r"\bcode\b|preformatted|^macro", re.IGNORECASE)
_MOST_BASES = 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def parse_docx(data: bytes, name: str, media_type: str) -> Parsed:
    """Return the text: a blank line between blocks, a line for each list item and table row, code between fences.

    Deleted text of tracked changes is left out; headers, footers and comments are, too. The title is the document's
    property, else its paragraph of style *Title*, else the first heading of level 1.

    Raises:
        DataError: protected by a password, damaged, or unpacks to too much.
    """
    from docx import Document as opened
    from docx.opc.exceptions import OpcError

    _require_sound(data, name)
    try:
        document = opened(io.BytesIO(data))
        text = _Text(_Styles(document))
        for block in _blocks(document.element.body):
            text.take(block)
        title = storable(document.core_properties.title or "")
    except (OpcError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise _damaged(name, f"{type(error).__name__}: {str(error)[:200]}") from error
    headings = tuple(text.headings)
    first = next((each.title for each in headings if each.level == 1), "")
    return Parsed(shortened(title or text.title or first or name), text.whole(), headings, media_type)


class _Styles:
    """What the styles of a document mean, asked for by their ids."""

    def __init__(self, document: "Document") -> None:
        self._names: dict[str, list[str]] = {}
        self._listed: set[str] = set()
        bases: dict[str, str] = {}
        named: dict[str, str] = {}
        for style in document.styles.element.iterchildren(f"{_W}style"):
            identity = style.get(f"{_W}styleId", "")
            named[identity] = _value(style.find(f"{_W}name"))
            bases[identity] = _value(style.find(f"{_W}basedOn"))
            if style.find(f"{_W}pPr/{_W}numPr") is not None:
                self._listed.add(identity)
        for identity in named:
            at = identity
            chain: list[str] = []
            while at in named and len(chain) < _MOST_BASES:
                chain.append(named[at])
                at = bases[at]
            self._names[identity] = chain

    def heading(self, style: str) -> int:
        """Return the level of a heading's style, or of one that is based on it; 0 for any other style."""
        found = next(filter(None, map(_HEADING.match, self._names.get(style, ()))), None)
        return int(found.group(1)) if found else 0

    def is_title(self, style: str) -> bool:
        """Return whether it is that of the document's title."""
        return any(name.lower() == "title" for name in self._names.get(style, ()))

    def is_code(self, style: str) -> bool:
        """Return whether it is one for code."""
        return any(_CODE.search(name) for name in self._names.get(style, ()))

    def is_list(self, style: str) -> bool:
        """Return whether its paragraphs are items of a list."""
        return style in self._listed


class _Text:
    """Collects text in the document's order and notes where headings stand."""

    def __init__(self, styles: _Styles) -> None:
        self.headings: list[Heading] = []
        self.title = ""
        self._styles = styles
        self._parts: list[str] = []
        self._length = 0
        self._kind = ""

    def take(self, block: Any) -> None:
        """Append a paragraph or a table."""
        if block.tag == f"{_W}tbl":
            rows = [" | ".join(cells) for cells in _rows(block)]
            self._append("table", "\n".join(rows), joined=False)
            return
        text = storable(_text(block)).strip("\n")
        if not text.strip():
            return
        style = _value(block.find(f"{_W}pPr/{_W}pStyle"))
        level = self._styles.heading(style)
        if level or self._styles.is_title(style):
            title = " ".join(text.split())
            self._append("heading", title, joined=False)
            self.title = self.title or ("" if level else title)
            self.headings.append(Heading(max(1, level), shortened(title), self._length - len(title), self._length))
        elif self._styles.is_code(style):
            self._append("code", text, joined=True)
        elif self._styles.is_list(style) or block.find(f"{_W}pPr/{_W}numPr") is not None:
            depth = _value(block.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
            indent = "  " * min(int(depth) if depth.isdigit() else 0, 8)
            self._append("list", f"{indent}- {' '.join(text.split())}", joined=True)
        else:
            self._append("text", text.strip(), joined=False)

    def whole(self) -> str:
        """Return all text."""
        self._end_of_code()
        return "".join(self._parts)

    def _append(self, kind: str, text: str, *, joined: bool) -> None:
        if not text.strip():
            return
        if joined and kind == self._kind:
            self._add("\n")
        else:
            self._end_of_code()
            self._add("\n\n" if self._parts else "")
            self._add("```\n" if kind == "code" else "")
        self._kind = kind
        self._add(text)

    def _end_of_code(self) -> None:
        if self._kind == "code":
            self._add("\n```")
            self._kind = ""

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)


def _blocks(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables, those in content controls and tracked insertions too."""
    for child in parent.iterchildren():
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag not in _GONE:
            yield from _blocks(child)


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is table:
            own = (cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row)
            cells = [" ".join(storable(_text(cell)).split()) for cell in own]
            if any(cells):
                yield cells


def _text(element: Any) -> str:
    """Return what an element shows; a paragraph inside another one, e.g. in a text box, on a line of its own."""
    parts: list[str] = []
    for child in element.iterchildren():
        if child.tag in _GONE or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _SHOWN:
            parts.append(_SHOWN[child.tag])
        elif child.tag == f"{_W}p":
            parts.append(f"\n{_text(child)}\n")
        else:
            parts.append(_text(child))
    return "".join(parts)


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{_W}val", ""))


def _require_sound(data: bytes, name: str) -> None:
    if data.startswith(_OLD_OFFICE):
        raise DataError(
            f"document {name}: protected by a password, or of an old format",
            expected="a DOCX that opens without a password",
            got="an encrypted or old office document",
            next_step="save it as .docx without password",
        ).named("encrypted")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except zipfile.BadZipFile as error:
        raise _damaged(name, str(error)) from error
    if unpacked > MAX_UNPACKED:
        raise DataError(
            f"document {name}: unpacks to too much",
            expected=f"at most {MAX_UNPACKED / 1e6:g} MB",
            got=f"{unpacked / 1e6:.0f} MB",
            next_step="split it, or export it as text",
        ).named("bomb")


def _damaged(name: str, got: str) -> DataError:
    return DataError(
        f"document {name}: truncated or damaged",
        expected="a whole DOCX",
        got=got,
        next_step="copy it again, or open and save it with the program that made it",
    ).named("damaged")
