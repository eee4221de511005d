"""Text of a log in a document: shown, never obeyed."""

import re
from collections.abc import Iterable

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
"""Control characters, and those that have no width or turn the direction of writing."""

_TICKS = re.compile("`{3,}")


def visible(text: str) -> str:
    """Return a text with characters that can't be seen written as escapes, e.g. ``\\\\x1b``; tabs become spaces."""
    return _UNSEEN.sub(_escaped, text.replace("\t", " ").replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return a visible text on one line."""
    return " ".join(visible(text).split())


def fenced(lines: Iterable[str]) -> str:
    """Return lines as a Markdown code block that nothing within can close."""
    text = "\n".join(visible(line) for line in lines)
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"
