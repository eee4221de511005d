"""Bytes to text: strict where the encoding is known, honest where it is guessed, and no damage let through."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kintsugi.errors import DataError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN_BINARY = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
_CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})
_DAMAGED = "(?:\ufffd|[ÃÂ][\u0080-\u00bf]|â€[\u0080-\u00bf\u2013-\u203a\u0152-\u0178\u02dc\u20ac\u2122]?)"
_DAMAGED_RUN = re.compile(f"{_DAMAGED}+")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_DAMAGE = 0.02
_MAX_DAMAGE_OF_FOREIGN = 0.3
_MIN_DAMAGED = 5


def decode(data: bytes, document: str) -> str:
    """Return the text with ``\\n`` line ends and nothing that can't be stored as UTF-8.

    A byte order mark decides; else zero bytes at every other place mean UTF-16; else strict UTF-8; else it is
    charset-normalizer's best guess.

    Raises:
        DataError: empty, binary, undecodable, or damaged by an earlier wrong decoding.
    """
    if not data.strip(b"\x00 \t\r\n\f\v"):
        raise DataError(
            f"document {document}: empty",
            expected="text",
            got=f"{len(data)} bytes without content",
            next_step="write something into it, or remove it",
        ).named("empty")
    text = _by_mark(data, document) or _alternating(data)
    if text is None:
        require_text(data, document)
        text = _strict(data, "utf-8") or _guessed(data, document)
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    damage = damage_of(text)
    if damage.refused:
        raise DataError(
            f"document {document}: encoding damage",
            expected="text that was decoded rightly when it was written",
            got=f"{damage.characters} damaged characters, e.g. {_damaged_sample(text)!r}",
            next_step="export it again as UTF-8: it was once read with the wrong encoding",
        ).named("encoding-damage")
    return text


@dataclass(frozen=True)
class Damage:
    """Characters in words that show a wrong decoding, out of ``length``, of which ``foreign`` are not ASCII."""

    characters: int
    foreign: int
    length: int

    @property
    def refused(self) -> bool:
        """Whether it is too much: a good part of what is not ASCII is damaged, or a fiftieth of everything."""
        if self.characters < _MIN_DAMAGED:
            return False
        of_foreign = self.characters / max(1, self.foreign)
        return of_foreign > _MAX_DAMAGE_OF_FOREIGN or self.characters / self.length > _MAX_DAMAGE


def damage_of(text: str) -> Damage:
    """Count U+FFFD and UTF-8 that was read as Latin-1 or cp1252, inside words.

    Signs that stand alone don't count: a text that speaks of such damage quotes them like that.
    """
    damaged = sum(len(found.group()) for found in _damaged_words(text))
    foreign = 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
    return Damage(damaged, foreign, max(1, len(text)))


def storable(text: str) -> str:
    """Return the text with lone surrogates and zero characters replaced by U+FFFD: no store takes them."""
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text


def _by_mark(data: bytes, document: str) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _strict(data, encoding)
            if text is None:
                raise _undecodable(document, f"bytes that are not {encoding}, which its first bytes promise")
            return text
    return None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, UnicodeError):
        return None


def _alternating(data: bytes) -> str | None:
    even, odd = data[0:4096:2].count(0), data[1:4096:2].count(0)
    half = max(1, len(data[:4096]) // 2)
    known = any(data.startswith(magic) for magic, _ in _KNOWN_BINARY)
    if known or max(even, odd) / half < 0.4 or min(even, odd) / half > 0.1:
        return None
    return _strict(data, "utf-16-le" if odd > even else "utf-16-be")


def require_text(data: bytes, document: str) -> None:
    """Return when the beginning of a file may be that of a text.

    Raises:
        DataError: it is that of a program, an image, an archive …
    """
    known = next((name for magic, name in _KNOWN_BINARY if data.startswith(magic)), "")
    head = data[:8192]
    control = len(head) - len(head.translate(None, _CONTROL))
    if known or control / max(1, len(head)) > 0.02:
        raise DataError(
            f"document {document}: binary",
            expected="text, HTML, PDF, CSV or JSON under a fitting name",
            got=known or f"{control / len(head):.0%} control bytes",
            next_step="export it as one of these, or remove it",
        ).named("binary")


def _guessed(data: bytes, document: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise _undecodable(document, "bytes that fit no known encoding")
    return str(best)


def _undecodable(document: str, got: str) -> DataError:
    return DataError(
        f"document {document}: unknown encoding",
        expected="UTF-8",
        got=got,
        next_step="save it as UTF-8",
    ).named("encoding")


def _damaged_words(text: str) -> Iterator[re.Match[str]]:
    """Yield the runs of damage that touch a letter; one pass, however long the runs are."""
    for run in _DAMAGED_RUN.finditer(text):
        if text[run.start() - 1 : run.start()] in _LETTERS or text[run.end() : run.end() + 1] in _LETTERS:
            yield run


def _damaged_sample(text: str) -> str:
    found = next(_damaged_words(text), None)
    at = found.start() if found else 0
    return text[max(0, at - 15) : at + 15]
