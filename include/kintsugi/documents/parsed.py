"""What a parser makes of a document's bytes."""

from dataclasses import dataclass

from kintsugi.records.provenance import Sensitivity


@dataclass(frozen=True)
class Heading:
    """A heading of the text. ``text[start:end]`` is all of its markup; empty for a heading that the text lacks.

    ``level`` counts from 1, outermost.
    """

    level: int
    title: str
    start: int
    end: int


@dataclass(frozen=True)
class RefusedRow:
    """A row or line that was left out, so that the rest could be taken in. ``line`` counts from 1."""

    line: int
    check: str
    expected: str
    value: str
    sample: str


@dataclass(frozen=True)
class Parsed:
    """A document's text and structure; offsets of headings count characters of ``text``.

    ``marks`` says what sensitive text it holds, and ``sensitivity`` how sensitive it is at least, once it was screened.
    """

    title: str
    text: str
    headings: tuple[Heading, ...]
    media_type: str
    refused: tuple[RefusedRow, ...] = ()
    marks: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None


TITLE_WIDTH = 160


def shortened(title: str, width: int = TITLE_WIDTH) -> str:
    """Return the title on one line, cut at a word where it is longer than ``width``."""
    title = " ".join(title.split())
    if len(title) <= width:
        return title
    return title[: width - 1].rsplit(" ", 1)[0].rstrip() + "…"
