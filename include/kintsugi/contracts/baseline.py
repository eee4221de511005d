"""Which earlier listings a partition is held against."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kintsugi.records import Figures, Incident, Partition, PartitionProfile
from kintsugi.sources.partitions import FORMATS, WHOLE
from kintsugi.stores.records import RecordStore

FEWEST = 8
"""With fewer values than this nothing is said."""

_SPAN = timedelta(days=91, hours=1)
"""13 weeks, and what it takes to have the first hour of them."""

_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

Likeness = Callable[[datetime], object]


@dataclass(frozen=True)
class Baseline:
    """Listings that a partition may be compared with, and what they have in common with it, in words.

    ``mixed`` says that there are other kinds of days or hours among them.
    """

    figures: Sequence[Figures]
    like: str
    mixed: bool = False


def start_of(key: str) -> datetime | None:
    """Return when an hour or a day begins, in UTC; ``None`` for a partition that is not cut by time."""
    for form in FORMATS.values():
        try:
            return datetime.strptime(key, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def end_of(key: str) -> datetime | None:
    """Return when an hour or a day ends, in UTC; ``None`` for a partition that is not cut by time."""
    start = start_of(key)
    return None if start is None else start + (timedelta(hours=1) if "T" in key else timedelta(days=1))


def committed_before(records: RecordStore, source: str, key: str) -> list[PartitionProfile]:
    """Return the committed hours or days of the last 91 days before this one, without those of incident windows."""
    start = start_of(key)
    if start is None:
        return []
    form = FORMATS["hour" if "T" in key else "day"]
    first = Partition.key_of(source, (start - _SPAN).strftime(form))
    own = Partition.key_of(source, key)
    found = []
    for each in records.scan(PartitionProfile, {"source": source, "state": "committed"}, after=first):
        if each.id >= own:
            break
        if len(each.key) == len(key):
            found.append(each)
    windows = _incident_windows(records, source)
    return [each for each in found if not _within(each.at, windows)]


def baselines_of(records: RecordStore, profile: PartitionProfile) -> list[Baseline]:
    """Return what the listing may be compared with, the most alike first; only those of `FEWEST` values and more.

    An hour: the same hour of the same weekday; else of all working days, or of all weekend days; else of all days. A
    partition that is never over: its own earlier listings.
    """
    start = start_of(profile.key)
    if profile.key == WHOLE or start is None:
        windows = _incident_windows(records, profile.source)
        former = [each for each in profile.before if not _within(each.at, windows)]
        return [Baseline(former, "its earlier runs")] if len(former) >= FEWEST else []
    earlier = committed_before(records, profile.source, profile.key)
    return [
        Baseline([each.figures for each in profiles], words, mixed=words.startswith("all "))
        for words, profiles in alike(earlier, profile.key)
        if len(profiles) >= FEWEST
    ]


def alike(earlier: Sequence[PartitionProfile], key: str) -> Iterator[tuple[str, list[PartitionProfile]]]:
    """Yield those that are like this hour or day, and in what, in words; the most alike first.

    An hour: the same hour of the same weekday, then of working days or of weekend days, then of all days, then all.
    """
    start = start_of(key)
    if start is None:
        return
    dated = [(each, at) for each in earlier if (at := start_of(each.key)) is not None]
    for words, likeness in _likenesses(start, hourly="T" in key):
        wanted = likeness(start)
        yield words, [each for each, at in dated if likeness(at) == wanted]


def _likenesses(start: datetime, *, hourly: bool) -> Iterator[tuple[str, Likeness]]:
    day, kind = _NAMES[start.weekday()], "weekend days" if _is_weekend(start) else "working days"
    if not hourly:
        yield day, lambda at: at.weekday()
        yield kind, _is_weekend
        yield "all days", lambda at: None
        return
    yield f"{day} at {start:%H}:00", lambda at: (at.weekday(), at.hour)
    yield f"{kind} at {start:%H}:00", lambda at: (_is_weekend(at), at.hour)
    yield f"all days at {start:%H}:00", lambda at: at.hour
    yield "all hours", lambda at: None


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5


def _incident_windows(records: RecordStore, source: str) -> list[tuple[float, float]]:
    """Return from when to when something was wrong with the source as a whole, store time."""
    return [
        (each.opened_at, float("inf") if each.closed_at is None else each.closed_at)
        for each in records.scan(Incident, {"target": source})
    ]


def _within(moment: float, windows: Sequence[tuple[float, float]]) -> bool:
    return any(opened <= moment <= closed for opened, closed in windows)
