"""Whether an index is small enough to compare every vector, at the cost of a count now and then."""

from collections.abc import Callable

COMPARED = 10_000
"""Entries; below, comparing each takes a few milliseconds and is always right. Above, the graph is walked."""

FRESH = 5.0
"""Seconds that a count is believed."""


class Sizes:
    """How many entries each index had a moment ago."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[float, int]] = {}

    def compares(self, name: str, count: Callable[[], int]) -> bool:
        """Return whether to compare every vector of the index."""
        at, entries = self._seen.get(name, (-FRESH, 0))
        now = self._clock()
        if now - at >= FRESH:
            at, entries = now, count()
            self._seen[name] = (at, entries)
        return entries <= COMPARED
