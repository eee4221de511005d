"""Whether a source has brought what was due by now, judged by its schedule and by when it usually comes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from kintsugi.errors import TerminalError
from kintsugi.records import Partition
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.partitions import Every, key_at, window_of

ALLOWED = 900.0
"""Seconds after its time that a run may take before what it brings counts as late; more where it usually takes more."""

State = Literal["fresh", "due", "late", "never", "unscheduled"]


@dataclass(frozen=True)
class Freshness:
    """How old the newest of a source is, and how old it may be. Times are store times.

    Attributes:
        state: ``due`` is not there yet, and no later than it may be; ``never`` has nothing committed; ``unscheduled``
            has no times at which anything is due.
        newest: key of the newest partition that was committed; "" where there is none.
        at: up to when that partition reaches: its last commit, or the end of its hour or day if that was before.
        due: key of the partition that should be the newest; "" where nothing tells.
        since: when that partition was due; ``None`` where nothing tells.
    """

    state: State
    newest: str = ""
    at: float | None = None
    due: str = ""
    since: float | None = None


def freshness(
    config: SourceConfig | None,
    partitions: Sequence[Partition],
    now: float,
    expected: Callable[[str], float | None] = lambda key: None,
) -> Freshness:
    """Judge a source.

    Args:
        config: its entry; ``None`` for one that has none, of which nothing is due.
        partitions: its newest partitions, in any order.
        now: store time.
        expected: until when a partition usually has come, store time, as `kintsugi.contracts.lags.learned` tells; only
            asked about one that would be late otherwise.
    """
    committed = [each for each in partitions if each.committed_at is not None]
    every: Every = config.partition if config else "all"
    newest = max(committed, key=lambda each: (_reaches(each, every), each.key), default=None)
    due, since = _due(config, now) if config else ("", None)
    if newest is None:
        return Freshness("never", due=due, since=since)
    at = _reaches(newest, every)
    if since is None:
        return Freshness("unscheduled", newest.key, at)
    if at >= (window_of(newest.source, every, due).end.timestamp() if every != "all" else since):
        return Freshness("fresh", newest.key, at, due, since)
    in_time = now < since + ALLOWED or now < (expected(due) or 0.0)
    return Freshness("due" if in_time else "late", newest.key, at, due, since)


def _due(config: SourceConfig, now: float) -> tuple[str, float | None]:
    """Return which partition the last run by the schedule owns, and when that run began."""
    from croniter import croniter

    if not (config.enabled and config.schedule and croniter.is_valid(config.schedule)):
        return "", None
    ticks = croniter(config.schedule, datetime.fromtimestamp(now, UTC))
    last = ticks.get_prev(float)
    return key_at(config.partition, ticks.get_prev(float) if config.partition != "all" else last), last


def _reaches(partition: Partition, every: Every) -> float:
    ended = partition.committed_at or partition.changed_at
    if every != "all":
        try:
            return min(ended, window_of(partition.source, every, partition.key).end.timestamp())
        except TerminalError:  # brought before the entry was cut in another way
            pass
    return ended
