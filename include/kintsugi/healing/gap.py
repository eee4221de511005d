"""The gap that an outage left: partitions that failed because their source did not answer."""

from kintsugi.errors import SourceUnavailable
from kintsugi.records import Partition
from kintsugi.stores.records import RecordStore

OUTAGE_CLASSES = frozenset({SourceUnavailable.__name__})
"""Error classes, as an ingest writes them into its partition's record, that mean "the source was not there"."""


def gap_of(records: RecordStore, source: str) -> list[Partition]:
    """Return the source's failed partitions whose failure was an outage, by key."""
    failed = records.scan(Partition, {"source": source, "state": "failed"})
    return sorted((each for each in failed if each.error_class in OUTAGE_CLASSES), key=lambda each: each.key)
