"""Partitions that are held, and that no playbook is for."""

from kintsugi.healing.anomaly import Anomaly, Severity
from kintsugi.healing.held import held_otherwise
from kintsugi.platform import Platform
from kintsugi.records import Partition


class HeldPartition:
    """Finds partitions whose ingest stopped at a drift: nothing of them is deleted, and nothing new is taken in.

    Changed columns and unusual amounts have detectors of their own. For the rest there is no playbook: whether the
    source or the expectation is wrong, a person has to say.
    """

    name = "held-partition"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each held partition, the partition's id as its target.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        return [self._anomaly(each) for each in held_otherwise(self._platform)]

    def _anomaly(self, partition: Partition) -> Anomaly:
        return Anomaly(
            kind=self.name,
            target=partition.id,
            severity=Severity.DEGRADED,
            summary=f"partition {partition.key} of source {partition.source} is held: {partition.error[:500]}",
            evidence=(partition.error_class,),
            numbers={"held_at": partition.changed_at},
        )
