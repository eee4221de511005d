"""Hours and days that are missing between others: their data was late when their run came."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kintsugi.contracts.baseline import committed_before, end_of, start_of
from kintsugi.contracts.lags import came_on_time, expected_by
from kintsugi.platform import Platform
from kintsugi.records import Partition, PartitionProfile
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.partitions import Every, key_at
from kintsugi.sources.registry import configured


@dataclass(frozen=True)
class _Rhythm:
    """How far back a gap is looked for, and schedules that miss no key."""

    every: Every
    step: timedelta
    back: timedelta
    schedule: re.Pattern[str]


_RHYTHMS = (
    _Rhythm("hour", timedelta(hours=1), timedelta(hours=24), re.compile(r"\d+ \* \* \* \*|@hourly")),
    _Rhythm("day", timedelta(days=1), timedelta(days=7), re.compile(r"\d+ \d+ \* \* \*|@daily")),
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
    learned from the source (`kintsugi.contracts.lags`). Only schedules that run for every key are looked at.
    """
    for config in configured(platform.settings).values():
        rhythm = next((each for each in _RHYTHMS if each.every == config.partition), None)
        if rhythm is not None and rhythm.schedule.fullmatch(config.schedule):
            found = _late(platform, config, rhythm)
            if found is not None:
                yield found


def _late(platform: Platform, config: SourceConfig, rhythm: _Rhythm) -> Late | None:
    records, now = platform.records, platform.records.now()
    present = key_at(rhythm.every, now)
    since = _id(config, key_at(rhythm.every, now - rhythm.back.total_seconds()))
    stored = records.scan(Partition, {"source": config.name}, after=since)
    known = {each.key for each in stored if _is_one(rhythm, each.key) and each.key <= present}
    profiles = records.scan(PartitionProfile, {"source": config.name, "state": "committed"}, after=since)
    usual = [each.key for each in profiles if _is_one(rhythm, each.key) and came_on_time(each)]
    between = [key for key in _keys(rhythm, min(usual), max(known)) if key not in known] if usual and known else []
    if not between:
        return None
    earlier = committed_before(records, config.name, present)
    due = {key: at for key in between if (at := expected_by(earlier, key)) is not None and at < now}
    return Late(config.name, tuple(due), list(due.values())[-1]) if due else None


def _is_one(rhythm: _Rhythm, key: str) -> bool:
    """Return whether the key is of this rhythm; before its entry was changed the source may have had another."""
    start = start_of(key)
    return start is not None and key_at(rhythm.every, start.timestamp()) == key


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
