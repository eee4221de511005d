"""Marks: where a row stands in time, or in a column that grows. Spans of them choose the rows to read."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from kintsugi.sources.partitions import Window

Mark = datetime | Decimal
"""A moment in UTC, or a number: seconds since the epoch where a time is wanted."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def mark_of(value: Any) -> Mark | None:
    """Return the mark that a column's value is, or ``None`` when it is none. Times without a zone are UTC."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, datetime):
            return _utc(value)
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        if isinstance(value, int | float | Decimal):
            number = Decimal(str(value))
            return number if number.is_finite() else None
        if isinstance(value, str):
            text = value.strip()
            return Decimal(text) if _NUMBER.fullmatch(text) else _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError, InvalidOperation):
        pass
    return None


def earlier(mark: Mark, by: float) -> Mark:
    """Return the mark ``by`` seconds, or units of a number, before this one."""
    if isinstance(mark, Decimal):
        return mark - Decimal(str(by))
    try:
        return mark - timedelta(seconds=by)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """``low ≤ mark < high``; ``None`` leaves that side open."""

    low: Mark
    high: Mark | None = None

    @classmethod
    def of(cls, window: Window) -> "Span":
        """Return the span of a partition's window."""
        return cls(window.start, window.end)

    def holds(self, mark: Mark) -> bool:
        """Return whether the mark lies inside. A number is held against a time as seconds since the epoch."""
        return like(self.low, mark) <= mark and (self.high is None or mark < like(self.high, mark))  # type: ignore[operator]


def like(bound: Mark, mark: Mark) -> Mark:
    """Return the bound in the mark's own terms, number or time."""
    if isinstance(mark, Decimal) and isinstance(bound, datetime):
        return Decimal(str(bound.timestamp()))
    if isinstance(mark, datetime) and isinstance(bound, Decimal):
        try:
            return datetime.fromtimestamp(float(bound), UTC)
        except (ValueError, OverflowError, OSError):
            return datetime.max.replace(tzinfo=UTC) if bound > 0 else datetime.min.replace(tzinfo=UTC)
    return bound


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
