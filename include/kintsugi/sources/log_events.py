"""Logs as documents: one for each kind of message, made anew only when the log has changed."""

import codecs
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from kintsugi.documents.decode import require_text
from kintsugi.documents.identity import digest
from kintsugi.logs.mine import VERSION, mine_log
from kintsugi.settings import Settings
from kintsugi.sources.archives.positioned import HeldFile

_BLOCK = 1 << 20
_HEAD = 8192
_SUFFIX = ".jsonl"


@dataclass(frozen=True)
class ListedEvent:
    """A document of one kind of message; its text is kept in a file until it is read.

    Attributes:
        id: the same for the same kind of message.
        title: for people.
        metadata: facts kept with the document.
        digest: of its text.
        read: returns its text, Markdown, as bytes.
    """

    id: str
    title: str
    metadata: Mapping[str, str]
    digest: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Log:
    """A log to make documents of.

    Attributes:
        document: its external id.
        opened: gives its bytes from the start, each time it is called.
        written_at: when it was last written, seconds since the epoch; a time in it after that is a clock ahead.
        version: changes whenever the bytes do; "" when they have to be read to know.
    """

    document: str
    opened: Callable[[], BinaryIO]
    written_at: Callable[[], float]
    version: str = ""


class LogEvents:
    """Documents of logs of any length, kept beside the log's digest: a log that is as it was is not mined again.

    What is kept may be deleted at any time; it is then made again, the same to the byte.

    Args:
        folder: where they are kept; this source's alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()

    def of(self, log: Log) -> Iterator[ListedEvent]:
        """Yield the documents of a log, the most frequent kind of message first.

        Raises:
            DataError: it is no text.
        """
        path = self._folder / f"{digest('log', log.document)}{_SUFFIX}"
        self._seen.add(path.name)
        held = self._kept(path, log.version or _digest_of(log.opened())) or self._made(path, log)
        lines = held.reader()
        at = len(lines.readline())
        for line in lines:
            kept = json.loads(line)
            read = partial(_text_at, held, at, len(line))
            yield ListedEvent(kept["id"], kept["title"], kept["metadata"], digest(kept["text"]), read)
            at += len(line)

    def forget_others(self) -> None:
        """Remove what is kept of logs that were not asked for since the last call, and what a killed run left."""
        for path in self._folder.glob("*"):
            if path.name not in self._seen:
                path.unlink(missing_ok=True)
        self._seen.clear()

    def _kept(self, path: Path, version: str) -> HeldFile | None:
        try:
            held = _held(path)
            head = held.reader().readline()
        except OSError:
            return None
        return held if head == _head(version) else None

    def _made(self, path: Path, log: Log) -> HeldFile:
        """Mine the log into a file that is either not there or complete; its digest is that of what was mined."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        content = _Digested(log.opened())
        lines = _lines_of(content, log.document)
        with part.open("wb") as file:
            file.write(_head(log.version or content.digest()))
            for document in mine_log(lines, now=log.written_at()).documents():
                kept = {"id": document.template_id, "title": document.title, "text": document.markdown}
                line = json.dumps({**kept, "metadata": dict(document.metadata)}, ensure_ascii=False)
                file.write(line.encode() + b"\n")
            content.read_to_end()
            file.seek(0)
            file.write(_head(log.version or content.digest()))
        held = _held(part)
        part.replace(path)
        return held


def log_events(settings: Settings, source: str, place: str = "") -> LogEvents:
    """Return the `LogEvents` of a source, or of one place of a source that has several; kept below ``var``."""
    return LogEvents(settings.var / "logs" / digest("log-events", source, place, size=8))


def _head(version: str) -> bytes:
    return json.dumps({"log": version, "made": VERSION}).encode() + b"\n"


class _Digested(io.RawIOBase):
    """A stream that knows the digest of what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hasher = hashlib.blake2b(digest_size=16)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._hasher.update(data)
        buffer[: len(data)] = data
        return len(data)

    def read_to_end(self) -> None:
        while self.read(_BLOCK):
            pass

    def digest(self) -> str:
        return self._hasher.hexdigest()


class _Transcoded(io.RawIOBase):
    """UTF-16 as UTF-8: some programs write their logs so, and a line ends elsewhere in it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while part := self._stream.read(len(buffer) // 2):  # at most half as much again in UTF-8
            if text := self._decoder.decode(part):
                data = text.encode("utf-8", "replace")
                buffer[: len(data)] = data
                return len(data)
        return 0


def _lines_of(content: _Digested, document: str) -> BinaryIO:
    stream = io.BufferedReader(content, _BLOCK)
    head = stream.peek(_HEAD)[:_HEAD]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BufferedReader(_Transcoded(stream), _BLOCK)
    require_text(head, document)
    return stream


def _digest_of(stream: BinaryIO) -> str:
    digested = _Digested(stream)
    digested.read_to_end()
    return digested.digest()


def _held(path: Path) -> HeldFile:
    with path.open("rb") as file:
        return HeldFile.of(file)


def _text_at(held: HeldFile, at: int, length: int) -> bytes:
    reader = held.reader()
    reader.seek(at)
    text: str = json.loads(reader.read(length))["text"]
    return text.encode()
