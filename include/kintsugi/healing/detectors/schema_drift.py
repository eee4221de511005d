"""Sources whose columns are not those that were agreed on."""

from itertools import groupby

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.healing.anomaly import SHOWN, Anomaly, Severity
from kintsugi.healing.held import held_by
from kintsugi.platform import Platform
from kintsugi.records import Partition


class SchemaDrifts:
    """Finds sources with partitions that are held because of their columns: one incident for each source.

    The partition's record is the evidence; no source is asked.
    """

    name = "schema-drift"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each source.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        held = groupby(held_by(self._platform, SchemaDrift), key=lambda each: each.source)
        return [self._anomaly(source, list(partitions)) for source, partitions in held]

    def _anomaly(self, source: str, held: list[Partition]) -> Anomaly:
        latest = max(held, key=lambda each: each.changed_at)
        return Anomaly(
            kind=self.name,
            target=source,
            severity=Severity.DEGRADED,
            summary=f"{len(held)} partitions of source {source} are held: {latest.error[:500]}",
            evidence=tuple(each.key for each in held[:SHOWN]),
            numbers={"partitions": len(held), "held_at": latest.changed_at},
        )
