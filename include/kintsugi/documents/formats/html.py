"""HTML: what a reader sees, with its headings; scripts, styles and navigation left out."""

from dataclasses import dataclass, replace

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from kintsugi.documents.parsed import Heading, Parsed, shortened

_HIDDEN = ("script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "form", "button", "head")
_CELLS = ("td", "th")
_STRUCTURE = ("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "table")
_LISTS = ("ul", "ol", "menu")
_DEEPEST = 8
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li",
    "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
# fmt: on


def parse_html(text: str, name: str, media_type: str) -> Parsed:
    """Return the visible text: a blank line between blocks, a line for a list item or table row, fences around code.

    A table cell that holds headings, lists, code or tables is no cell but a part of a laid out page.
    """
    soup = BeautifulSoup(text, "html.parser")
    title = soup.title.get_text(" ") if soup.title else ""
    for hidden in soup.find_all(_HIDDEN):
        hidden.decompose()
    visible = _Visible()
    around: list[tuple[Tag, _Around]] = [(soup, _Around(laid_out=_laid_out(soup)))]
    for node in soup.descendants:
        while around[-1][0] is not node.parent:
            around.pop()
        visible.take(node, around[-1][1])
        if isinstance(node, Tag):
            around.append((node, around[-1][1].inside(node)))
    headings = tuple(visible.headings())
    first = next((each.title for each in headings if each.level == 1), "")
    return Parsed(shortened(title or first or name), visible.text(), headings, media_type)


def _laid_out(soup: BeautifulSoup) -> frozenset[int]:
    """Return the ids of the cells that hold more than text."""
    found: set[int] = set()
    path: list[Tag] = [soup]
    cells: list[Tag] = []
    for node in soup.descendants:
        while path[-1] is not node.parent:
            left = path.pop()
            if cells and cells[-1] is left:
                cells.pop()
        if isinstance(node, Tag):
            if node.name in _STRUCTURE:
                found.update(map(id, cells))
                cells.clear()
            elif node.name in _CELLS:
                cells.append(node)
            path.append(node)
    return frozenset(found)


@dataclass(frozen=True)
class _Around:
    """What is around a node: the nearest block, table cell and list item; the outermost list and ``pre``.

    ``depth`` counts the lists; ``part`` is the innermost block within a cell, which makes no block of its own there;
    ``laid_out`` has the ids of cells that are none.
    """

    block: Tag | None = None
    cell: Tag | None = None
    item: Tag | None = None
    outer_list: Tag | None = None
    depth: int = 0
    pre: Tag | None = None
    part: Tag | None = None
    laid_out: frozenset[int] = frozenset()

    def inside(self, tag: Tag) -> "_Around":
        """Return what is around the children of ``tag``."""
        if tag.name in _CELLS:
            is_cell = id(tag) not in self.laid_out
            return replace(self, cell=tag, part=tag) if is_cell else replace(self, block=tag, cell=None)
        if tag.name not in _BLOCKS:
            return self
        if self.cell is not None:
            return replace(self, part=tag)
        around = replace(self, block=tag)
        if tag.name == "li":
            return replace(around, item=tag)
        if tag.name in _LISTS:
            return replace(around, outer_list=self.outer_list or tag, depth=self.depth + 1)
        return replace(around, pre=self.pre or tag) if tag.name == "pre" else around


class _Visible:
    """Collects text in document order and notes where headings stand."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last = _Around()
        self._fence = ""
        self._marked: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._found: list[tuple[int, int, int]] = []

    def take(self, node: PageElement, around: _Around) -> None:
        """Append what a node shows, given what is around it."""
        if isinstance(node, Tag) and node.name == "br":
            self._append("\n")
        if not isinstance(node, NavigableString) or isinstance(node, PreformattedString):
            return
        moved = around.block is not self._last.block
        shown = str(node) if around.pre else _collapsed(str(node))
        between_cells = around.cell is None and self._last.cell is not None
        if not shown.strip() and (moved or between_cells or not self._parts):
            return
        if moved:
            self._separate(around)
            shown = shown.lstrip("\n")
        elif around.cell is not self._last.cell:
            self._append(" | ")
        elif around.part is not self._last.part:
            self._append(" ")
        self._last = around
        start = self._length
        self._append(shown)
        if around.block is not None and around.block.name in _HEADINGS:
            self._heading(_HEADINGS[around.block.name], start)

    def text(self) -> str:
        """Return all text."""
        self._end_of_code()
        return "".join(self._parts)

    def headings(self) -> list[Heading]:
        """Return the headings that have a title."""
        text = self.text()
        found = [Heading(level, shortened(text[start:end]), start, end) for level, start, end in self._found]
        return [each for each in found if each.title]

    def _separate(self, around: _Around) -> None:
        in_code = around.pre is not None and around.pre is self._last.pre
        if not in_code:
            self._end_of_code()
        if self._parts:
            self._append("\n" if in_code or self._continues(around) else "\n\n")
        if around.item is not None and id(around.item) not in self._marked:
            self._marked.add(id(around.item))
            self._append(f"{'  ' * min(around.depth - 1, _DEEPEST)}{self._mark(around.item)} ")
        if around.pre is not None and not in_code:
            code = around.pre.get_text()
            self._fence = "```"
            while self._fence in code:
                self._fence += "`"
            self._append(f"{self._fence}\n")

    def _continues(self, around: _Around) -> bool:
        """Return whether a new block goes on with the list or table that the last one was in."""
        block, last = around.block, self._last.block
        if block is None or last is None:
            return False
        if around.item is not None and id(around.item) not in self._marked:
            return around.outer_list is not None and around.outer_list is self._last.outer_list
        return block.name in ("tr", "dt", "dd") and block.parent is last.parent

    def _mark(self, item: Tag) -> str:
        above = item.parent
        if above is None or above.name != "ol":
            return "-"
        start = str(above.get("start", "1"))
        number = self._numbers.get(id(above), int(start) - 1 if start.isdecimal() and len(start) < 7 else 0) + 1
        self._numbers[id(above)] = number
        return f"{number}."

    def _end_of_code(self) -> None:
        if self._fence:
            self._append(self._fence if self._parts[-1].endswith("\n") else f"\n{self._fence}")
        self._fence = ""

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
