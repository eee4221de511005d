"""Lines to events: a stack trace belongs to the message above it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kintsugi.logs.event import Event
from kintsugi.logs.header import read_header
from kintsugi.logs.lines import CUT
from kintsugi.logs.stamp import Clock

MAX_TEXT = 4_000
"""Characters of an event that are kept; its lines are counted all the same."""

MAX_LOOSE = 50
"""Lines without a time, an indent or the look of a trace that go on with a stamped one; with more it is a banner."""

_CONTINUES = re.compile(
    r"[ \t]+\S|Caused by:|Suppressed:|\.\.\. \d+ more|Traceback \(most recent call last\):"
    r"|(?:During handling of the above exception|The above exception was the direct cause)"
)
_BEGINNINGS = frozenset(" \tCST.D")
_TRACEBACK = "Traceback (most recent call last):"
"""Python's; the first line after it that isn't indented is the exception, whatever its name."""

_RAISED = re.compile(r"(?:Caused by: )?(?:[a-zA-Z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning|Failure)\b")
_RAISED_WIDTH = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(slots=True)
class _Open:
    """The event that may get more lines."""

    event: Event
    stamped: bool
    in_trace: bool = False
    raised: str = ""
    loose: int = 0
    more: list[str] = field(default_factory=list)
    size: int = 0

    def goes_on(self) -> bool:
        """Whether a line that has no time of its own belongs here; such a line outside of a trace is counted."""
        if self.in_trace:
            return True
        self.loose += 1
        return self.stamped and self.loose <= MAX_LOOSE

    def take(self, line: str) -> None:
        self.event.lines += 1
        if line.startswith(_TRACEBACK):
            self.in_trace = True
        elif line[0] not in " \t" and (self.in_trace or _RAISED.match(line[:_RAISED_WIDTH])):
            self.raised = line[:_RAISED_WIDTH]
            self.in_trace = False
        if self.size < MAX_TEXT:
            self.more.append(line)
            self.size += len(line) + 1

    def closed(self) -> Event:
        event = self.event
        text = "\n".join((event.text, *self.more)) if self.more else event.text
        event.text = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + CUT
        if self.raised:
            event.message = f"{event.message} | {self.raised}"
        return event


def events_of(lines: Iterable[str], clock: Clock) -> Iterator[Event]:
    """Yield the events of a log's lines; each line that is not blank belongs to exactly one.

    A line goes on with the event above it when it is indented, or looks like the rest of a stack trace, or when that
    event has a time and this line has none; of such lines `MAX_LOOSE` go on, each later one stands alone. Blank lines
    belong to the event above; before the first they are nobody's.
    The exception that a trace ends with is part of the event's message.
    """
    current: _Open | None = None
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            if current is not None:
                current.event.lines += 1
            continue
        if current is not None and line[0] in _BEGINNINGS and _CONTINUES.match(line):
            current.take(line)
            continue
        time, level, message = read_header(_COLOURS.sub("", line) if "\x1b" in line else line, clock)
        if current is not None and time is None and current.goes_on():
            current.take(line)
            continue
        if current is not None:
            yield current.closed()
        current = _Open(Event(number, message, line, time, level), time is not None)
        current.size = len(line)
        current.in_trace = message.startswith(_TRACEBACK)
    if current is not None:
        yield current.closed()
