"""Until when an hour or a day usually has come, learned from those like it."""

from collections.abc import Sequence
from statistics import median

from kintsugi.contracts.baseline import FEWEST, alike, committed_before, end_of
from kintsugi.contracts.robust import spread
from kintsugi.contracts.volume import LIMIT
from kintsugi.records import PartitionProfile
from kintsugi.stores.records import RecordStore

_HOUR, _DAY = 3600.0, 86_400.0


def came_on_time(profile: PartitionProfile) -> bool:
    """Return whether it was committed soon after its end; history that was loaded later says nothing about habits."""
    longest = _DAY if _is_hour(profile.key) else 3 * _DAY
    return profile.lag is not None and profile.lag <= longest


def expected_by(earlier: Sequence[PartitionProfile], key: str) -> float | None:
    """Return until when the hour or day should have come, store time; ``None`` where too few like it have come.

    The median lag of the most alike ones (`kintsugi.contracts.baseline.alike`), and `LIMIT` robust standard deviations
    on top, a quarter of an hour at least (two hours for days).

    Args:
        earlier: committed hours or days, as `committed_before` returns them.
        key: the hour or day.
    """
    end = end_of(key)
    if end is None:
        return None
    least = _HOUR / 4 if _is_hour(key) else 2 * _HOUR
    on_time = [each for each in earlier if came_on_time(each)]
    for _, profiles in alike(on_time, key):
        lags = [each.lag for each in profiles if each.lag is not None]
        if len(lags) >= FEWEST:
            return end.timestamp() + median(lags) + max(LIMIT * spread(lags), least)
    return None


def learned(records: RecordStore, source: str, key: str) -> float | None:
    """Return `expected_by` of what the source committed in the 91 days before."""
    return expected_by(committed_before(records, source, key), key)


def _is_hour(key: str) -> bool:
    return "T" in key
