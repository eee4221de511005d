"""Text of others inside an account that is Markdown, so that the account keeps its own headings."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NO_PARAGRAPH = ("    ", "\t", ">", "|", "- ", "* ", "+ ", "#")
_DEEPEST = 6


def demoted(markdown: str, by: int) -> str:
    """Return the Markdown with each heading ``by`` levels deeper, and a block of code that was left open closed."""
    lines: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
        elif atx := _ATX.match(line):
            line = "#" * min(_DEEPEST, len(atx[1]) + by) + line[atx.end() :]
        elif (under := _UNDERLINE.match(line)) and _is_title(lines):
            level = 1 if under[1][0] == "=" else 2
            lines[-1] = "#" * min(_DEEPEST, level + by) + " " + lines[-1].strip()
            continue
        lines.append(line)
    return "\n".join([*lines, fence] if fence else lines).strip()


def fenced(text: str, *, lines: int, width: int) -> str:
    """Return the end of a text as a block of code: at most so many lines of so many characters."""
    kept = text.splitlines()[-lines:]
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((fence, *(line[:width] for line in kept), fence))


def code(text: object) -> str:
    """Return a name as code within a line."""
    return "`" + " ".join(str(text).split()).replace("`", "'") + "`"


def _is_title(lines: list[str]) -> bool:
    """Return whether the last line is a paragraph of its own, which a line below makes a heading."""
    alone = len(lines) == 1 or (len(lines) > 1 and not lines[-2].strip())
    return alone and bool(lines[-1].strip()) and not lines[-1].startswith(_NO_PARAGRAPH)
