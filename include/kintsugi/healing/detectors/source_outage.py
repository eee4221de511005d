"""Sources that did not answer when their partitions were due."""

from collections import defaultdict

from kintsugi.healing.anomaly import SHOWN, Anomaly, Severity
from kintsugi.healing.gap import OUTAGE_CLASSES
from kintsugi.platform import Platform
from kintsugi.records import Partition


class SourceOutage:
    """Finds partitions that failed because their source was unavailable and that nobody committed since.

    The record of the failed ingest is the evidence: no source is asked, so that a dead one is not hammered by those who
    watch it. A partition that is running or committed again is no longer part of the gap.
    """

    name = "source-outage"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each source that has a gap.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        gaps: dict[str, list[Partition]] = defaultdict(list)
        for partition in self._platform.records.scan(Partition, {"state": "failed"}):
            if partition.error_class in OUTAGE_CLASSES:
                gaps[partition.source].append(partition)
        return [self._anomaly(source, gap) for source, gap in sorted(gaps.items())]

    def _anomaly(self, source: str, gap: list[Partition]) -> Anomaly:
        keys = sorted(partition.key for partition in gap)
        latest = max(gap, key=lambda partition: partition.changed_at)
        return Anomaly(
            kind=self.name,
            target=source,
            severity=Severity.OUTAGE,
            summary=f"source {source} did not answer for {len(keys)} partitions, first {keys[0]}: {latest.error[:300]}",
            evidence=tuple(keys[:SHOWN]),
            numbers={"partitions": len(keys), "failed_at": latest.changed_at},
        )
