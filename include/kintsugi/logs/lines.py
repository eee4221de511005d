"""Lines of a log as a stream: none is held whole beyond a cap, and undecodable bytes are replaced and counted."""

from collections.abc import Iterator
from typing import Protocol

MAX_LINE = 64 * 2**10
"""Bytes of a line that are kept; the rest is passed over."""

CUT = " … (cut)"


class Readable(Protocol):
    """What lines are read from, e.g. a file opened in binary mode."""

    def readline(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes of the next line, with its end if that is among them; empty at the end."""
        ...


class LogLines:
    """The lines of a log, to be iterated over once.

    Attributes:
        count: lines so far.
        cut: those longer than `MAX_LINE`; they end in `CUT`.
        damaged: those with bytes that are not UTF-8; each such byte sequence became U+FFFD.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.count = 0
        self.cut = 0
        self.damaged = 0

    def __iter__(self) -> Iterator[str]:
        """Yield each line without its end."""
        readline = self._stream.readline
        while data := readline(MAX_LINE):
            self.count += 1
            whole = data.endswith(b"\n") or not self._pass_over(len(data))
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError as error:
                if whole or error.start < len(data) - 3:
                    self.damaged += 1
                text = data.decode("utf-8", "replace" if whole else "ignore")
            text = text.rstrip("\r\n")
            yield text if whole else text + CUT

    def _pass_over(self, read: int) -> bool:
        """Read on to the end of a line of which ``read`` bytes are known; return whether there was more of it."""
        if read < MAX_LINE:
            return False
        more = False
        while rest := self._stream.readline(MAX_LINE):
            more = more or rest not in (b"\n", b"\r\n")
            if rest.endswith(b"\n"):
                break
        self.cut += more
        return more
