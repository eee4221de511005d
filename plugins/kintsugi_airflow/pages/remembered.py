"""A reading that is kept for some seconds, because taking it costs something."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Reads when asked for and not read lately; any number of threads that ask at once cause one reading.

    Args:
        read: takes the reading; what it raises is raised to whoever asked, and nothing is kept.
        seconds: how long a reading is good for.
        clock: seconds that never go back.
    """

    def __init__(self, read: Callable[[], T], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._reading = threading.Lock()
        self._kept: tuple[float, T] | None = None

    def get(self, *, within: float | None = None) -> T:
        """Return a reading that is not older than ``within`` seconds, by default those it is good for."""
        with self._reading:
            good_for = self._seconds if within is None else within
            kept = self._kept
            if kept is None or self._clock() - kept[0] > good_for:
                kept = self._kept = (self._clock(), self._read())
            return kept[1]

    def last(self) -> T | None:
        """Return the last reading, however old; ``None`` where there is none. Never waits."""
        kept = self._kept
        return kept[1] if kept else None

    def forget(self) -> None:
        """Let the next one who asks take a reading."""
        self._kept = None
