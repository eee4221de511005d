"""PDF: the text layer, page by page."""

import io
import logging
import zlib
from typing import TYPE_CHECKING

from kintsugi.documents.decode import storable
from kintsugi.documents.parsed import Heading, Parsed, shortened
from kintsugi.errors import DataError

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 3000


def parse_pdf(data: bytes, name: str, media_type: str) -> Parsed:
    """Return the text with a heading ``Page n`` (not part of the text) at the start of each page that has some.

    Raises:
        DataError: protected by a password, truncated or damaged, without a text layer, or too many pages.
    """
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    if b"%%EOF" not in data[-2048:]:
        raise _damaged(name, "no end mark: the file was cut off")
    try:
        return _read(data, name, media_type)
    except (PyPdfError, zlib.error) as error:
        raise _damaged(name, f"{type(error).__name__}: {error}") from error


def _read(data: bytes, name: str, media_type: str) -> Parsed:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise DataError(
            f"document {name}: protected by a password",
            expected="a PDF that opens without one",
            got="an encrypted PDF",
            next_step="save it without password",
        ).named("encrypted")
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise DataError(
            f"document {name}: too many pages", expected=f"at most {MAX_PAGES}", got=str(pages), next_step="split it"
        ).named("size")
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for number, page in enumerate(reader.pages, 1):
        text = storable(page.extract_text().strip())
        if text:
            headings.append(Heading(1, f"Page {number}", length, length))
            parts.append(text + "\n\n")
            length += len(text) + 2
    if not parts:
        raise DataError(
            f"document {name}: has no text layer",
            expected="a PDF with text",
            got=f"{pages} pages of images only",
            next_step="OCR it, e.g. with ocrmypdf, and put the result in its place",
        ).named("text-layer")
    return Parsed(_title(reader) or name, "".join(parts), tuple(headings), media_type)


def _title(reader: "PdfReader") -> str:
    found = reader.metadata.title if reader.metadata else None
    return shortened(storable(found)) if isinstance(found, str) else ""


def _damaged(name: str, got: str) -> DataError:
    return DataError(
        f"document {name}: truncated or damaged",
        expected="a whole PDF",
        got=got,
        next_step="copy or export it again",
    ).named("damaged")
