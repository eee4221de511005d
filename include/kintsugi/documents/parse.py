"""From an item's bytes to `Parsed`: the one place that knows which parser is for what."""

import re
from collections.abc import Callable

from kintsugi.documents.decode import decode
from kintsugi.documents.parsed import Parsed, shortened
from kintsugi.errors import DataError
from kintsugi.sources import media

PARSER = "parse-2"
"""Goes up when any parser makes another text of the same bytes: documents are then parsed again."""

MAX_CHARACTERS = 100_000_000
MAX_HEADINGS = 200_000
MAX_UNBROKEN = 1_000_000

_MARKED_HEADING = re.compile(r"(?:\A|\n\n)#{1,6} [^\n]+\n\n")
_STRETCH = re.compile(r"\S+")
_TextParser = Callable[[str, str, str], Parsed]


def parse(data: bytes, media_type: str, name: str, title: str = "") -> Parsed:
    """Return text and structure of a document.

    Args:
        data: the source's bytes.
        media_type: one of `kintsugi.sources.media`; "" lets the bytes decide between PDF and text.
        name: external id, for messages and as the title where there is no better.
        title: a title that the source knows, which wins.

    Raises:
        DataError: nothing useful can be made of it; ``check`` names what failed.
        MemoryError: as it says; `kintsugi.documents.confined` bounds memory and time.
    """
    try:
        parsed = _parsed(data, media_type, name)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # parsers fail in many ways on hostile bytes: one bad document never stops the others
        raise DataError(
            f"document {name}: its parser failed",
            expected=f"a well-formed document of type {media_type or 'text'}",
            got=f"{type(error).__name__}: {str(error)[:200]}",
            next_step="open and save it again with the program that made it, or export it as text",
        ).named("parser") from error
    if not parsed.text.strip():
        raise DataError(
            f"document {name}: no text",
            expected="something to read",
            got=f"{len(data)} bytes of markup only",
            next_step="export it as text, or remove it",
        ).named("empty")
    if len(parsed.text) > MAX_CHARACTERS or len(parsed.headings) > MAX_HEADINGS:
        raise DataError(
            f"document {name}: too large",
            expected=f"at most {MAX_CHARACTERS:,} characters of text and {MAX_HEADINGS:,} headings",
            got=f"{len(parsed.text):,} and {len(parsed.headings):,}",
            next_step="split it",
        ).named("size")
    if len(parsed.text) > MAX_UNBROKEN and _is_unbroken(parsed.text):
        raise DataError(
            f"document {name}: no text that could be cut into passages",
            expected=f"white space at least every {MAX_UNBROKEN:,} characters",
            got="a longer stretch without any",
            next_step="is it encoded or minified? take it in as what it was made of",
        ).named("unbroken")
    known = title or parsed.title
    readable = _name_as_title(name) if known == name else shortened(known)
    return Parsed(readable, parsed.text, parsed.headings, parsed.media_type or media.TEXT, parsed.refused)


def _is_unbroken(text: str) -> bool:
    return any(found.end() - found.start() > MAX_UNBROKEN for found in _STRETCH.finditer(text))


def _parsed(data: bytes, media_type: str, name: str) -> Parsed:
    if data.startswith(b"%PDF-") or (media_type == media.PDF and data.strip()):
        from kintsugi.documents.formats.pdf import parse_pdf

        return parse_pdf(data, name, media.PDF)
    if media_type == media.DOCX and data.strip():
        from kintsugi.documents.formats.docx import parse_docx

        return parse_docx(data, name, media_type)
    if media_type == media.PARQUET and data.strip():
        from kintsugi.documents.formats.parquet import parse_parquet

        return parse_parquet(data, name, media_type, MAX_CHARACTERS)
    return _parser_for(media_type)(decode(data, name), name, media_type)


def _parser_for(media_type: str) -> _TextParser:
    if media_type == media.MARKDOWN:
        from kintsugi.documents.formats.markdown import parse_markdown

        return parse_markdown
    if media_type == media.RST:
        from kintsugi.documents.formats.rst import parse_rst

        return parse_rst
    if media_type == media.ASCIIDOC:
        from kintsugi.documents.formats.asciidoc import parse_asciidoc

        return parse_asciidoc
    if media_type == media.HTML:
        from kintsugi.documents.formats.html import parse_html

        return parse_html
    if media_type in (media.CSV, media.TSV, media.JSON, media.JSONL):
        from kintsugi.documents.formats import rows

        by_type = {media.JSON: rows.parse_json, media.JSONL: rows.parse_jsonl}
        return by_type.get(media_type, rows.parse_csv)
    return _parse_text


def _parse_text(text: str, name: str, media_type: str) -> Parsed:
    if media_type == media.TEXT and _MARKED_HEADING.search(text):
        from kintsugi.documents.formats.markdown import parse_markdown

        return parse_markdown(text, name, media_type, underlined=False)
    return Parsed(name, text, (), media_type)


def _name_as_title(name: str) -> str:
    last = name.rstrip("/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    return shortened(stem or last)
