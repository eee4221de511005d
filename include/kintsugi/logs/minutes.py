"""How often something happened in each minute, and the minutes in which it burst."""

from collections.abc import Iterator
from dataclasses import dataclass

MINUTE = 60
KEPT = 720
"""Spans of time with a count; when more are needed, they become twice as long."""

FEWEST = 10
"""Lines that a span must have to count as part of a burst."""

TIMES_AS_MANY = 5
"""How many times the median of all spans it must have."""

SHORTEST = 5
"""Spans that the log must cover before one of them can stand out."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Neighbouring spans with many more lines than usual: from ``start`` to ``end``, seconds since the epoch."""

    start: int
    end: int
    lines: int


class Minutes:
    """Counts by minute in bounded memory: at most `KEPT` spans, which grow from one minute by doubling.

    Attributes:
        width: seconds of one span.
    """

    __slots__ = ("_counts", "width")

    def __init__(self) -> None:
        self.width = MINUTE
        self._counts: dict[int, int] = {}

    def add(self, time: float) -> None:
        """Count a line at ``time``, seconds since the epoch."""
        span = int(time // self.width)
        self._counts[span] = self._counts.get(span, 0) + 1
        if len(self._counts) > KEPT:
            self._widen(2 * self.width)

    def absorb(self, other: "Minutes") -> None:
        """Take in the counts of another."""
        if self.width < other.width:
            self._widen(other.width)
        factor = self.width // other.width
        for span, count in other._counts.items():
            self._counts[span // factor] = self._counts.get(span // factor, 0) + count
        while len(self._counts) > KEPT:
            self._widen(2 * self.width)

    def bursts(self, first: float, last: float) -> list[Burst]:
        """Return the bursts, in order of time, of what was counted in a log that covers ``first`` to ``last``.

        A span bursts with at least `FEWEST` lines and at least `TIMES_AS_MANY` times the median over all spans of the
        log, those without any included. A log of fewer than `SHORTEST` spans has none: there is nothing to compare.
        """
        spans = int(last // self.width) - int(first // self.width) + 1
        if spans < SHORTEST:
            return []
        quiet = spans - len(self._counts)
        middle = (spans - 1) // 2
        median = 0 if middle < quiet else sorted(self._counts.values())[middle - quiet]
        enough = max(FEWEST, TIMES_AS_MANY * median)
        return list(self._runs(sorted(span for span, count in self._counts.items() if count >= enough)))

    def _runs(self, spans: list[int]) -> Iterator[Burst]:
        run: list[int] = []
        for span in spans:
            if run and span != run[-1] + 1:
                yield self._burst(run)
                run = []
            run.append(span)
        if run:
            yield self._burst(run)

    def _burst(self, run: list[int]) -> Burst:
        lines = sum(self._counts[span] for span in run)
        return Burst(run[0] * self.width, (run[-1] + 1) * self.width, lines)

    def _widen(self, width: int) -> None:
        factor = width // self.width
        wider: dict[int, int] = {}
        for span, count in self._counts.items():
            wider[span // factor] = wider.get(span // factor, 0) + count
        self.width, self._counts = width, wider
