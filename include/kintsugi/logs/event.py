"""An event of a log: one message, with the lines that belong to it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Event:
    """What one log line says, with the lines of its stack trace.

    Attributes:
        number: of its first line, from 1.
        message: what templates are made from: no time, no level; the exception of a stack trace at its end.
        text: the event as it was written, cut where it is long.
        time: seconds since the epoch; ``None`` when the line has none.
        level: in capitals (``ERROR``); "" when the line names none.
        lines: how many lines it has.
    """

    number: int
    message: str
    text: str
    time: float | None = None
    level: str = ""
    lines: int = 1
