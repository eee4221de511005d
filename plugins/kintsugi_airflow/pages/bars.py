"""The geometry of the small charts: partitions in, rectangles out. Colours are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass

from kintsugi.records import Partition

PARTS = ("written", "skipped", "deleted", "refused")
"""What became of the items of a partition, from the foot of a bar upwards."""

STEP = 11.0
GAP = 3.0
SLOTS = 24
"""Columns that a chart has room for, so that two partitions don't look like two barns."""

CHART_WIDTH = SLOTS * STEP - GAP


@dataclass(frozen=True)
class Segment:
    """A rectangle of one part, in the chart's own units."""

    part: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One partition as a stack of segments; ``x`` and ``width`` also hold for an empty one."""

    partition: Partition
    x: float
    width: float
    segments: tuple[Segment, ...]


def figures(partition: Partition) -> dict[str, int]:
    """Return how many items became what, those parts that occur, in the order of `PARTS`."""
    return {part: getattr(partition, part) for part in PARTS if getattr(partition, part)}


def chart_width(slots: int) -> float:
    """Return how wide a chart with room for so many columns is."""
    return slots * STEP - GAP


def columns(partitions: Sequence[Partition], *, height: float, least: float = 2.0, slots: int = SLOTS) -> list[Bar]:
    """Return a column for each of the last ``slots`` partitions, the last at the right; the tallest fills ``height``.

    A part that occurs is at least ``least`` high, so that one refused item among thousands is still seen.
    """
    partitions = partitions[-slots:]
    first = slots - len(partitions)
    tallest = max((sum(figures(each).values()) for each in partitions), default=0)
    return [
        Bar(each, n * STEP, STEP - GAP, tuple(_stack(figures(each), n * STEP, height, tallest, least)))
        for n, each in enumerate(partitions, first)
    ]


def strip(partition: Partition, *, width: float, height: float, least: float = 3.0) -> list[Segment]:
    """Return one horizontal bar of a partition's parts, filling ``width`` unless nothing was there."""
    parts = figures(partition)
    lengths = _lengths(list(parts.values()), width, sum(parts.values()), least)
    segments = []
    x = 0.0
    for part, length in zip(parts, lengths, strict=True):
        segments.append(Segment(part, round(x, 2), 0.0, round(length, 2), height))
        x += length
    return segments


def heat(cells: Sequence[int], of: int) -> list[int]:
    """Return how hot each cell is, 0 (nothing differs) to 4, where ``of`` buckets fall into each.

    One bucket is seen, and half of them look like all: what matters is where, and whether it is few or many.
    """
    return [0 if not each else min(4, 1 + int(6 * each / of)) for each in cells]


def colours(cells: Sequence[int], excused: Sequence[int], of: int) -> list[str]:
    """Return the class of each cell: as hot as what is at fault there, ``excused`` where it differs without a fault.

    Args:
        cells: how many buckets differ in each.
        excused: how many of those without a fault; empty where nobody looked.
        of: how many buckets a cell has.
    """
    faulty = [one - other for one, other in zip(cells, excused or [0] * len(cells), strict=True)]
    return [
        "excused" if differ and not fault else f"hot-{hot}"
        for differ, fault, hot in zip(cells, faulty, heat(faulty, of), strict=True)
    ]


def leaning(difference: float, *, width: float, most: float = 0.5) -> tuple[float, float]:
    """Return x and width of a bar that leans from the middle of ``width`` to the left (a loss) or right (a gain)."""
    half = width / 2
    length = max(half * min(abs(difference) / most, 1.0), 0.5 if difference else 0.0)
    return round(half - length if difference < 0 else half, 2), round(length, 2)


def _stack(parts: dict[str, int], x: float, height: float, tallest: int, least: float) -> list[Segment]:
    whole = height * sum(parts.values()) / tallest if tallest else 0.0
    lengths = _lengths(list(parts.values()), whole, sum(parts.values()), least)
    segments = []
    top = height
    for part, length in zip(parts, lengths, strict=True):
        top -= length
        segments.append(Segment(part, x, round(max(top, 0.0), 2), STEP - GAP, round(length, 2)))
    return segments


def _lengths(values: list[int], whole: float, total: int, least: float) -> list[float]:
    """Share out ``whole`` by value, each at least ``least``; what the small ones gain the large ones give."""
    whole = max(whole, least * len(values))
    raised = [max(whole * value / total, least) for value in values]
    spare = sum(raised) - whole
    room = sum(length - least for length in raised)
    return [length - spare * (length - least) / room if room else length for length in raised]
