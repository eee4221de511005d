"""Hours and days that did not come when they usually do."""

from kintsugi.healing.anomaly import SHOWN, Anomaly, Severity
from kintsugi.healing.late import late_partitions
from kintsugi.platform import Platform


class LatePartition:
    """Finds hours and days that are missing between others. What is late is never failed: it is waited for."""

    name = "late-partition"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each source.

        Raises:
            TransientError: the records could not be read; nothing can be said about this round.
        """
        return [
            Anomaly(
                kind=self.name,
                target=each.source,
                severity=Severity.NOTICE,
                summary=f"{len(each.keys)} partitions of source {each.source} are late, first {each.keys[0]}",
                evidence=each.keys[:SHOWN],
                numbers={"partitions": len(each.keys), "expected_at": each.expected_at},
            )
            for each in late_partitions(self._platform)
        ]
