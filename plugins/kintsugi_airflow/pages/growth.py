"""The geometry of what patterns show: intervals around zero, and how many patterns there were over time."""

from collections.abc import Sequence
from dataclasses import dataclass

from kintsugi.observe.expertise_view import Grown

LINES = ("active", "candidate", "retired")


@dataclass(frozen=True)
class Whisker:
    """An interval on an axis from −1 to 1: where it begins, how long it is, where its estimate and where zero are."""

    x: float
    width: float
    at: float
    zero: float


@dataclass(frozen=True)
class Lines:
    """Step lines of counts: points of an SVG polyline by state, the highest count, the trajectories at both ends."""

    points: dict[str, str]
    most: int
    begun: int
    ended: int


def whisker(size: float, low: float, high: float, *, width: float) -> Whisker:
    """Return an interval as a bar; what lies outside −1 … 1 is cut, and a point is still seen."""
    ends = [(max(-1.0, min(1.0, value)) + 1) / 2 * width for value in (low, size, high)]
    return Whisker(round(ends[0], 2), round(max(ends[2] - ends[0], 1.0), 2), round(ends[1], 2), width / 2)


def lines(growth: Sequence[Grown], *, width: float, height: float) -> Lines:
    """Return the counts as step lines over the trajectories seen by then; the highest count fills the height."""
    begun, ended = (growth[0].n, growth[-1].n) if growth else (0, 0)
    span = max(ended - begun, 1)
    most = max((getattr(each, name) for each in growth for name in LINES), default=0)
    points = {
        name: _steps([(each.n, getattr(each, name)) for each in growth], begun, span, most, width, height)
        for name in LINES
    }
    return Lines(points, most, begun, ended)


def _steps(counts: list[tuple[int, int]], begun: int, span: int, most: int, width: float, height: float) -> str:
    """Return a line that keeps its height until the next change, and then changes at once."""
    made: list[str] = []
    last = None
    for at, count in counts:
        if count == last:
            continue
        x, y = round((at - begun) / span * width, 1), round(height - height * count / max(most, 1), 1)
        made += [f"{x},{round(height - height * last / max(most, 1), 1)}"] if last is not None else []
        made.append(f"{x},{y}")
        last = count
    if last is not None:
        made.append(f"{width},{round(height - height * last / max(most, 1), 1)}")
    return " ".join(made)
