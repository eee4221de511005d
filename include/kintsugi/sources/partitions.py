"""Partitions of a source: everything, an hour or a day of UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from kintsugi.errors import TerminalError

Every = Literal["all", "hour", "day"]
WHOLE = "all"
"""The one partition of a source that is not cut by time."""

FORMATS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d"}
_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_EXAMPLES = {"hour": "an hour in UTC, like 2026-11-24T19", "day": "a day in UTC, like 2026-11-24"}


@dataclass(frozen=True)
class Window:
    """``start ≤ time < end``, both in UTC."""

    start: datetime
    end: datetime


def key_at(every: Every, seconds: float) -> str:
    """Return the partition that this moment (seconds since the epoch) belongs to, e.g. ``2026-11-24T19``."""
    return WHOLE if every == "all" else datetime.fromtimestamp(seconds, UTC).strftime(FORMATS[every])


def key_before(every: Every, seconds: float) -> str:
    """Return the last partition that was over at this moment (seconds since the epoch)."""
    return WHOLE if every == "all" else key_at(every, seconds - _LENGTHS[every].total_seconds())


def window_of(source: str, every: Every, partition: str) -> Window:
    """Return the time that a partition covers.

    Raises:
        TerminalError: the key is none of this source's.
    """
    try:
        start = datetime.strptime(partition, FORMATS[every]).replace(tzinfo=UTC)
        if start.strftime(FORMATS[every]) != partition:
            raise ValueError("not in its shortest form")
        end = start + _LENGTHS[every]
    except (KeyError, ValueError, OverflowError) as error:
        raise TerminalError(
            f"partition {partition!r} of source {source}",
            expected=_EXAMPLES.get(every, "the partition 'all'"),
            next_step="trigger the run with a partition key of that form",
        ) from error
    return Window(start, end)


def is_over(source: str, every: Every, partition: str, now: float) -> bool:
    """Return whether nothing can come into the partition any more; what is not cut by time is always as it is.

    Raises:
        TerminalError: the key is none of this source's.
    """
    if every == "all":
        if partition != WHOLE:
            window_of(source, every, partition)
        return True
    return window_of(source, every, partition).end.timestamp() <= now
