"""Sources that did not answer when their partitions were due."""

from kintsugi.healing.anomaly import SHOWN, Anomaly, Severity
from kintsugi.healing.detectors.suspects import confirmed
from kintsugi.healing.gap import gaps
from kintsugi.platform import Platform
from kintsugi.records import Partition
from kintsugi.sources.registry import source_names


class SourceOutage:
    """Finds partitions that failed because their source was unavailable and that nobody committed since.

    The record of the failed ingest is the evidence: no source is asked, so that a dead one is not hammered by those who
    watch it. A partition counts when it is found failed in two looks at least ``grace`` seconds apart: the task that
    failed is tried once more, and a backfill beside that try would take the partition from it.
    """

    name = "source-outage"

    def __init__(self, platform: Platform, grace: float = 10.0) -> None:
        self._platform = platform
        self._grace = grace

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each source that has a gap.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        found = gaps(self._platform)
        sources = source_names(self._platform.settings)
        return [
            self._anomaly(source, gap) for source in sources if (gap := self._confirmed(source, found.get(source, [])))
        ]

    def _confirmed(self, source: str, gap: list[Partition]) -> list[Partition]:
        target = f"{self.name}/{source}"
        keys = set(confirmed(self._platform.records, target, {each.key for each in gap}, self._grace))
        return [each for each in gap if each.key in keys]

    def _anomaly(self, source: str, gap: list[Partition]) -> Anomaly:
        latest = max(gap, key=lambda partition: partition.changed_at)
        return Anomaly(
            kind=self.name,
            target=source,
            severity=Severity.OUTAGE,
            summary=(
                f"source {source} did not answer for {len(gap)} partitions, first {gap[0].key}: {latest.error[:300]}"
            ),
            evidence=tuple(each.key for each in gap[:SHOWN]),
            numbers={"partitions": len(gap), "failed_at": latest.changed_at},
        )
