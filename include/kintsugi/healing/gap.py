"""The gap that an outage left: partitions that failed because their source did not answer."""

from collections import defaultdict

from kintsugi.errors import SourceUnavailable
from kintsugi.platform import Platform
from kintsugi.records import Partition
from kintsugi.sources.registry import source_names

OUTAGE_CLASSES = frozenset({SourceUnavailable.__name__})
"""Error classes, as an ingest writes them into its partition's record, that mean "the source was not there"."""


def gap_of(platform: Platform, source: str) -> list[Partition]:
    """Return the source's failed partitions whose failure was an outage, by key."""
    return gaps(platform).get(source, [])


def gaps(platform: Platform) -> dict[str, list[Partition]]:
    """Return the gap of each source that has one, partitions by key.

    Only of sources that the platform can open by itself: what a person named on the command line, and may have
    mistyped, is that person's to repeat.
    """
    failed: dict[str, list[Partition]] = defaultdict(list)
    sources = source_names(platform.settings)
    for each in platform.records.scan(Partition, {"state": "failed"}):
        if each.source in sources and each.error_class in OUTAGE_CLASSES:
            failed[each.source].append(each)
    return {source: sorted(gap, key=lambda each: each.key) for source, gap in sorted(failed.items())}
