"""From files to runs: which format each line is in, and what can't be read."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal

import structlog

from autorefine.readers.lines import NOT_SO
from autorefine.readers.messages_run import is_messages, messages_run
from autorefine.readers.otel_run import trace_run
from autorefine.readers.otel_spans import Traces, is_otel, spans_of
from autorefine.readers.plain import text_of
from autorefine.readers.run import AgentRun
from autorefine.readers.steps_run import is_steps, steps_run
from kintsugi.errors import DataError
from kintsugi.sources.agents.lines import Line, lines_of
from kintsugi.sources.archives.packing import PACKING_TROUBLE, unpacked
from kintsugi.sources.places.place import Entry, Place
from kintsugi.sources.port import ItemVanished
from kintsugi.sources.sizes import too_large

Format = Literal["auto", "jsonl", "messages", "otel"]

_SUFFIXES = ("jsonl", "ndjson", "json")
_PACKED = ("gz", "xz", "bz2")
_LINES = ("jsonl", "ndjson")

_KNOWN = "a run with `steps` or `messages`, a list of messages, or OpenTelemetry's `resourceSpans`"


@dataclass(frozen=True)
class Refused:
    """Something that is no run, and why; ``locator`` is where it stands.

    ``runs_lost`` says that runs may have been in it that nobody could see: what is missing in this reading is then not
    necessarily gone.
    """

    external_id: str
    locator: str
    error: DataError
    runs_lost: bool = False


@dataclass(frozen=True)
class Read:
    """A run, where it stands, and when that file was last written, in seconds since the epoch, if that is known."""

    run: AgentRun
    locator: str
    written_at: float | None = None


class Reading:
    """Reads all files of a place.

    Args:
        place: where they are; those whose names don't end like JSON are passed over.
        form: the format of each line; ``auto`` lets each line decide.
        outcome: name of the key or attribute that says how a run ended.
        max_bytes: longer lines, and larger traces, are refused.
    """

    def __init__(self, place: Place, form: Format, outcome: str, max_bytes: int) -> None:
        self._place = place
        self._form = form
        self._outcome = outcome
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[Read | Refused]:
        """Yield runs and refusals, file by file and line by line; traces come last, whole.

        Raises:
            SourceUnavailable: the place can't be listed.
        """
        with closing(Traces(self._max_bytes)) as traces:
            for entry in self._place.entries():
                if entry.refusal is not None:
                    yield Refused(entry.path, entry.locator, entry.refusal)
                elif _suffixes(entry.name)[0] in _SUFFIXES:
                    yield from self._file(entry, traces)
            for trace, spans in traces.each():
                yield self._trace(trace, spans)

    def _file(self, entry: Entry, traces: Traces) -> Iterator[Read | Refused]:
        suffix, packing = _suffixes(entry.name)
        try:
            with entry.opened(entry.path) as packed:
                entry = replace(entry, written_at=entry.written_at or _written_at(packed))
                try:
                    yield from self._documents(entry, unpacked(packed, packing), suffix in _LINES, traces)
                except PACKING_TROUBLE as error:
                    raise DataError(
                        f"document {entry.path}: can't be read to its end",
                        expected="a whole file",
                        got=f"{type(error).__name__}: {error}"[:200],
                        next_step="copy it again; the runs before that place were taken in",
                    ).named("whole") from error
        except ItemVanished:
            structlog.get_logger().info("file.vanished", file=entry.path)
        except DataError as error:
            yield Refused(entry.path, entry.locator, error, runs_lost=True)

    def _documents(self, entry: Entry, file: BinaryIO, by_line: bool, traces: Traces) -> Iterator[Read | Refused]:
        lines = lines_of(file, self._max_bytes)
        first = next(lines, None)
        if first is None:
            return
        if not by_line and not _is_json(first):
            yield from self._whole(entry, first, file, traces)
            return
        yield from self._line(entry, first, traces)
        for line in lines:
            yield from self._line(entry, line, traces)

    def _whole(self, entry: Entry, first: Line, file: BinaryIO, traces: Traces) -> Iterator[Read | Refused]:
        """Read a file that is one JSON document over many lines."""
        data = (first.data or b"") + file.read(self._max_bytes + 1)
        if first.data is None or len(data) > self._max_bytes:
            error = too_large(entry.path, len(data), self._max_bytes)
            yield Refused(entry.path, entry.locator, error, runs_lost=True)
            return
        for found in self._line(entry, Line(1, data), traces):
            yield replace(found, runs_lost=True) if isinstance(found, Refused) else found

    def _line(self, entry: Entry, line: Line, traces: Traces) -> Iterator[Read | Refused]:
        where = f"{entry.path}#line-{line.number}"
        locator = f"{entry.locator}#line-{line.number}"
        try:
            if line.data is None:
                raise too_large(where, self._max_bytes + 1, self._max_bytes)
            document = json.loads(line.data)
        except DataError as error:
            yield Refused(where, locator, error, runs_lost=True)
        except NOT_SO as error:
            yield Refused(where, locator, self._no_run(where, error), runs_lost=True)
        else:
            if isinstance(document, list) and not is_messages(document):
                for n, each in enumerate(document, start=1):
                    yield from self._document(each, f"{where}.{n}", f"{locator}.{n}", entry.written_at, traces)
            else:
                yield from self._document(document, where, locator, entry.written_at, traces)

    def _document(
        self, document: object, where: str, locator: str, written_at: float | None, traces: Traces
    ) -> Iterator[Read | Refused]:
        try:
            for run in self._runs(document, traces):
                yield Read(run, locator, written_at)
        except NOT_SO as error:
            yield Refused(where, locator, self._no_run(where, error))

    def _trace(self, trace: str, spans: list[dict[str, Any]] | None) -> Read | Refused:
        locator = f"trace:{trace}"
        if spans is None:
            return Refused(trace, locator, too_large(f"trace {trace}", self._max_bytes + 1, self._max_bytes))
        try:
            return Read(trace_run(trace, spans, self._outcome), locator)
        except NOT_SO as error:
            return Refused(trace, locator, self._no_run(f"trace {trace}", error))

    def _no_run(self, where: str, error: Exception) -> DataError:
        return DataError(
            f"document {where}: no run of an agent",
            expected=_KNOWN if self._form == "auto" else f"the format {self._form}",
            got=text_of(f"{type(error).__name__}: {error}")[:300],
            next_step="correct it in the source; the others were taken in",
        ).named("agent-run")

    def _runs(self, document: object, traces: Traces) -> Iterator[AgentRun]:
        form = self._form
        if form in ("auto", "otel") and isinstance(document, dict) and is_otel(document):
            for span in spans_of(document):
                traces.add(span)
        elif form in ("auto", "jsonl") and isinstance(document, dict) and is_steps(document):
            yield steps_run(document, self._outcome)
        elif form in ("auto", "messages") and is_messages(document):
            yield messages_run(document, self._outcome)
        else:
            keys = ", ".join(map(str, document))[:100] if isinstance(document, dict) else type(document).__name__
            raise ValueError(f"keys {keys}" if isinstance(document, dict) else keys)


def _written_at(file: BinaryIO) -> float | None:
    try:
        return os.fstat(file.fileno()).st_mtime
    except (OSError, AttributeError):  # no file of the operating system
        return None


def _is_json(line: Line) -> bool:
    try:
        json.loads(line.data or b"")
    except (ValueError, RecursionError):
        return False
    return True


def _suffixes(name: str) -> tuple[str, str]:
    """Return the suffix that names the format, and the one that names the packing."""
    *rest, last = ["", *name.lower().split(".")]
    if last in _PACKED and rest:
        return rest[-1], last
    return last, ""
