"""Partitions that have far less or far more than usual."""

from kintsugi.contracts.drift import VolumeDrift
from kintsugi.healing.anomaly import Anomaly, Severity
from kintsugi.healing.held import held_by
from kintsugi.platform import Platform
from kintsugi.records import Partition, PartitionProfile


class UnusualVolume:
    """Finds partitions that were held because of their amount, before anything of them was loaded."""

    name = "volume"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each held partition, the partition's id as its target.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        return [self._anomaly(each) for each in held_by(self._platform, VolumeDrift)]

    def _anomaly(self, partition: Partition) -> Anomaly:
        profile = self._platform.records.get(PartitionProfile, partition.id)
        return Anomaly(
            kind=self.name,
            target=partition.id,
            severity=Severity.DEGRADED,
            summary=f"partition {partition.key} of source {partition.source} is held: {partition.error[:500]}",
            evidence=(partition.key,),
            numbers={"held_at": partition.changed_at} | ({"seen": profile.figures.seen} if profile else {}),
        )
