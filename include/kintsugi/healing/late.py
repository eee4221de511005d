"""Hours and days that are missing between others: their data was late when their run came."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from kintsugi.contracts.baseline import FEWEST, end_of
from kintsugi.contracts.robust import spread
from kintsugi.contracts.volume import LIMIT
from kintsugi.platform import Platform
from kintsugi.records import Partition, PartitionProfile
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.partitions import Every, key_at
from kintsugi.sources.registry import configured


@dataclass(frozen=True)
class _Rhythm:
    """How far back a gap is looked for and habits are learned, the least patience, and schedules that miss no key."""

    every: Every
    step: timedelta
    back: timedelta
    habit: timedelta
    longest: float
    patience: float
    schedule: re.Pattern[str]


_RHYTHMS = (
    _Rhythm(
        "hour",
        timedelta(hours=1),
        timedelta(hours=24),
        timedelta(days=14),
        86_400.0,
        900.0,
        re.compile(r"\d+ \* \* \* \*|@hourly"),
    ),
    _Rhythm(
        "day",
        timedelta(days=1),
        timedelta(days=7),
        timedelta(days=91),
        3 * 86_400.0,
        7200.0,
        re.compile(r"\d+ \d+ \* \* \*|@daily"),
    ),
)


@dataclass(frozen=True)
class Late:
    """The partitions of a source that should be there by now, and when the newest of them was expected, store time."""

    source: str
    keys: tuple[str, ...]
    expected_at: float


def late_partitions(platform: Platform) -> Iterator[Late]:
    """Yield the sources that lack hours or days between ones that came in at their usual time.

    A missing key counts only between others: a later one shows that the source's DAG runs, and an earlier one that it
    ran before; a paused DAG, a new source and a machine that is off have nothing late. When a key is expected is
    learned from the source: its median lag, and `LIMIT` robust standard deviations. Only schedules that run
    for every key are looked at.
    """
    for config in configured(platform.settings).values():
        rhythm = next((each for each in _RHYTHMS if each.every == config.partition), None)
        if rhythm is not None and rhythm.schedule.fullmatch(config.schedule):
            found = _late(platform, config, rhythm)
            if found is not None:
                yield found


def _late(platform: Platform, config: SourceConfig, rhythm: _Rhythm) -> Late | None:
    now = platform.records.now()
    since = key_at(rhythm.every, now - rhythm.back.total_seconds())
    known = {each.key for each in platform.records.scan(Partition, {"source": config.name}, after=_id(config, since))}
    usual = [each.key for each in _on_time(platform, config, rhythm, rhythm.back)]
    between = [key for key in _keys(rhythm, min(usual), max(known)) if key not in known] if usual and known else []
    if not between:
        return None
    lags = [each.lag for each in _on_time(platform, config, rhythm, rhythm.habit) if each.lag is not None]
    if len(lags) < FEWEST:
        return None
    patience = median(lags) + max(LIMIT * spread(lags), rhythm.patience)
    late = [key for key in between if _end(key) + patience < now]
    return Late(config.name, tuple(late), _end(late[-1]) + patience) if late else None


def _on_time(platform: Platform, config: SourceConfig, rhythm: _Rhythm, back: timedelta) -> Iterator[PartitionProfile]:
    """Yield what was committed soon after its end; history that was loaded later says nothing about habits."""
    first = key_at(rhythm.every, platform.records.now() - back.total_seconds())
    where = {"source": config.name, "state": "committed"}
    for each in platform.records.scan(PartitionProfile, where, after=_id(config, first)):
        if each.lag is not None and each.lag <= rhythm.longest:
            yield each


def _keys(rhythm: _Rhythm, first: str, last: str) -> Iterator[str]:
    """Yield the keys between two, both left out."""
    at = _end(first)
    while (key := key_at(rhythm.every, at)) < last:
        yield key
        at += rhythm.step.total_seconds()


def _end(key: str) -> float:
    return (end_of(key) or datetime.fromtimestamp(0, UTC)).timestamp()


def _id(config: SourceConfig, key: str) -> str:
    return Partition.key_of(config.name, key)
