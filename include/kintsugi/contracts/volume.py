"""Whether a partition has as much as usual."""

from collections.abc import Sequence
from statistics import median

from kintsugi.contracts.baseline import Baseline
from kintsugi.contracts.drift import VolumeDrift
from kintsugi.contracts.robust import count_score
from kintsugi.records import PartitionProfile
from kintsugi.sources.partitions import WHOLE

LIMIT = 4.0
"""Robust standard deviations from the median."""

FACTOR = 3.0
"""So many times less or more than the median."""

_BEYOND, _BEYOND_MIXED = 1.5, 3.0
"""So many times less than the least, or more than the most, that came before: on days of one kind, or on all days."""

_COUNTED = 50
"""Where there are usually fewer items than this, a count says nothing."""


def require_usual_volume(profile: PartitionProfile, baselines: Sequence[Baseline]) -> None:
    """Return when the listing saw about as much as the most alike ones before it, or nothing can be said.

    Unusual is what lies `LIMIT` robust standard deviations *and* a `FACTOR` away from the median, and outside of
    everything that was taken in before: what a person has accepted once is part of that, and asks nobody again. Lists
    of changes are not judged.

    Raises:
        VolumeDrift: there is far less, or far more.
    """
    if not baselines or (profile.key == WHOLE and not profile.complete):
        return
    nearest = baselines[0]
    counts = [each.seen for each in nearest.figures]
    seen, usual = profile.figures.seen, median(counts)
    score = count_score(seen, counts)
    beyond = _BEYOND_MIXED if nearest.mixed else _BEYOND
    few = seen * FACTOR < usual and seen * beyond < min(counts)
    many = seen > FACTOR * usual and seen > beyond * max(counts)
    if usual < _COUNTED or abs(score) < LIMIT or not (few or many):
        return
    raise VolumeDrift(
        f"source {profile.source}, partition {profile.key}: far too {'few' if few else 'many'} items",
        expected=f"about {usual:.0f} ({min(counts)} to {max(counts)} in {len(counts)} listings: {nearest.like})",
        got=f"{seen}, {abs(score):.0f} robust standard deviations away",
        next_step="healing lists it once more; if it is meant, trigger the DAG with the configuration "
        '{"accept_volume": true}',
    )
