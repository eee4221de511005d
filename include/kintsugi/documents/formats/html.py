"""HTML: what a reader sees, with its headings; scripts, styles and navigation left out."""

from dataclasses import dataclass, replace

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from kintsugi.documents.parsed import Heading, Parsed, shortened

_HIDDEN = ("script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "form", "button", "head")
_CELLS = ("td", "th")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li",
    "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
# fmt: on


def parse_html(text: str, name: str, media_type: str) -> Parsed:
    """Return the visible text: a blank line between blocks, one line for a table row or list item."""
    soup = BeautifulSoup(text, "html.parser")
    title = soup.title.get_text(" ") if soup.title else ""
    for hidden in soup.find_all(_HIDDEN):
        hidden.decompose()
    visible = _Visible()
    around: list[tuple[Tag, _Around]] = [(soup, _Around())]
    for node in soup.descendants:
        while around[-1][0] is not node.parent:
            around.pop()
        visible.take(node, around[-1][1])
        if isinstance(node, Tag):
            around.append((node, around[-1][1].inside(node)))
    headings = tuple(visible.headings())
    first = next((each.title for each in headings if each.level == 1), "")
    return Parsed(shortened(title or first or name), visible.text(), headings, media_type)


@dataclass(frozen=True)
class _Around:
    """The nearest block and table cell above a node, and whether its blanks count."""

    block: Tag | None = None
    cell: Tag | None = None
    preformatted: bool = False

    def inside(self, tag: Tag) -> "_Around":
        """Return what is around the children of ``tag``."""
        if tag.name in _CELLS:
            return replace(self, cell=tag)
        if tag.name in _BLOCKS:
            return replace(self, block=tag, preformatted=self.preformatted or tag.name == "pre")
        return self


class _Visible:
    """Collects text in document order and notes where headings stand."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._block: Tag | None = None
        self._cell: Tag | None = None
        self._found: list[tuple[int, int, int]] = []

    def take(self, node: PageElement, around: _Around) -> None:
        """Append what a node shows, given what is around it."""
        if isinstance(node, Tag) and node.name == "br":
            self._append("\n")
        if not isinstance(node, NavigableString) or isinstance(node, PreformattedString):
            return
        block, cell = around.block, around.cell
        shown = str(node) if around.preformatted else _collapsed(str(node))
        if not shown.strip() and (block is not self._block or not self._parts):
            return
        if block is not self._block:
            self._separate(block)
        if cell is not self._cell and cell is not None and self._cell is not None and cell.parent is self._cell.parent:
            self._append(" | ")
        self._cell = cell
        start = self._length
        self._append(shown)
        if block is not None and block.name in _HEADINGS:
            self._heading(_HEADINGS[block.name], start)

    def text(self) -> str:
        """Return all text so far."""
        return "".join(self._parts)

    def headings(self) -> list[Heading]:
        """Return the headings that have a title."""
        text = self.text()
        found = [Heading(level, shortened(text[start:end]), start, end) for level, start, end in self._found]
        return [each for each in found if each.title]

    def _separate(self, block: Tag | None) -> None:
        near = block is not None and self._block is not None and block.name in ("li", "tr", "dt", "dd")
        same_kind = near and block is not None and self._block is not None and block.parent is self._block.parent
        if self._parts:
            self._append("\n" if same_kind else "\n\n")
        self._block = block
        self._cell = None

    def _heading(self, level: int, start: int) -> None:
        if self._found and self._found[-1][2] == start and self._found[-1][0] == level:
            start = self._found.pop()[1]
        self._found.append((level, start, self._length))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def _collapsed(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return " "
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"
