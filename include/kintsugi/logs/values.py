"""The values that one place of a template took: how many, the most frequent, and the range of numbers."""

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 48
"""Different values that are counted at once; beyond it the rarer half is forgotten, and `Values.exact` is false."""

SAMPLED = 256
"""Numbers that the median is taken from; of more, every second, fourth, … counts."""

_WIDTH = 80
_NUMBER = re.compile(r"([<>~+-]?\d+(?:\.\d+)?)\s?([A-Za-zµ%]*)")
_DIGITS = frozenset("0123456789+-<>~")
_BIGGEST = 1e300


@dataclass(frozen=True, slots=True)
class Numbers:
    """Smallest, median and biggest of values that all are numbers with the same unit; "" where they have none."""

    smallest: float
    median: float
    biggest: float
    unit: str


class Values:
    """Counts of values in bounded memory, whatever comes: at most `KEPT` values of `_WIDTH` characters each.

    Once there were more than `KEPT` different values the counts are lower bounds, as in lossy counting (Manku &
    Motwani, VLDB 2002): a value with a good share of all is never forgotten.

    Attributes:
        exact: whether every value is still counted.
    """

    __slots__ = ("_biggest", "_counts", "_numeric", "_sample", "_seen", "_smallest", "_stride", "_unit", "exact")

    def __init__(self) -> None:
        self.exact = True
        self._counts: dict[str, int] = {}
        self._numeric = True
        self._unit: str | None = None
        self._smallest = math.inf
        self._biggest = -math.inf
        self._sample = array("d")
        self._seen = 0
        self._stride = 1

    @classmethod
    def constant(cls, value: str, count: int) -> "Values":
        """Return the values of a place where ``value`` stood ``count`` times."""
        values = cls()
        values._count(value[:_WIDTH], count)
        values._measure(value, count)
        return values

    def add(self, value: str) -> None:
        """Count one value."""
        counts = self._counts
        if value in counts:
            counts[value] += 1
        else:
            self._count(value[:_WIDTH], 1)
        if self._numeric:
            self._measure(value, 1)

    def absorb(self, other: "Values") -> None:
        """Take in the values of another place that turned out to be the same."""
        self.exact = self.exact and other.exact
        for value, count in other._counts.items():
            self._count(value, count)
        if not self._seen:
            self._unit = other._unit
        if not (self._numeric and other._numeric and (self._unit == other._unit or not other._seen)):
            self._not_numeric()
            return
        self._smallest = min(self._smallest, other._smallest)
        self._biggest = max(self._biggest, other._biggest)
        self._seen += other._seen
        mine, theirs = self._sample, other._sample
        while self._stride < other._stride:
            mine, self._stride = mine[::2], 2 * self._stride
        theirs = theirs[:: self._stride // other._stride]
        self._sample = mine + theirs
        self._thin()

    @property
    def distinct(self) -> int:
        """How many different values there were; at least so many where not `exact`."""
        return len(self._counts) if self.exact else KEPT + 1

    def most_frequent(self, limit: int) -> list[tuple[str, int]]:
        """Return the most frequent values with their counts, at most ``limit``; the same for any order of the lines."""
        return _ranked(self._counts.items())[:limit]

    def numbers(self) -> Numbers | None:
        """Return the range, or ``None`` when a value is no number or has another unit than the first."""
        if not self._numeric or not self._seen:
            return None
        middle = sorted(self._sample)[(len(self._sample) - 1) // 2]
        return Numbers(self._smallest, middle, self._biggest, self._unit or "")

    def _count(self, value: str, count: int) -> None:
        self._counts[value] = self._counts.get(value, 0) + count
        if len(self._counts) > KEPT:
            self._counts = dict(_ranked(self._counts.items())[: KEPT // 2])
            self.exact = False

    def _measure(self, value: str, times: int) -> None:
        try:
            number, unit = (float(value), "") if value[0] in _DIGITS else (math.nan, "")
        except (ValueError, IndexError):
            number, unit = _with_unit(value)
        if not -_BIGGEST < number < _BIGGEST or (self._seen and unit != self._unit):
            self._not_numeric()
            return
        self._unit = unit
        if number < self._smallest:
            self._smallest = number
        if number > self._biggest:
            self._biggest = number
        for at in range(self._seen, self._seen + min(times, SAMPLED)):
            if at % self._stride == 0:
                self._sample.append(number)
        self._seen += times
        self._thin()

    def _thin(self) -> None:
        while len(self._sample) > SAMPLED:
            self._sample = self._sample[::2]
            self._stride *= 2

    def _not_numeric(self) -> None:
        self._numeric = False
        self._sample = array("d")


def _ranked(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda each: (-each[1], each[0]))


def _with_unit(value: str) -> tuple[float, str]:
    found = _NUMBER.fullmatch(value)
    return (float(found.group(1).lstrip("<>~")), found.group(2)) if found else (math.nan, "")
