"""Questions that sensors and triggers ask the platform; each opens and closes what it needs."""

from dataclasses import dataclass

from kintsugi.errors import SourceUnavailable
from kintsugi_airflow import bridge


@dataclass(frozen=True)
class NotReady:
    """Why a partition can't be read yet. ``unavailable``: the source does not answer; else it is only late."""

    unavailable: bool
    reason: str


def why_not_ready(source_name: str, partition: str) -> NotReady | None:
    """Return ``None`` when the source answers and the partition is complete, else what is missing."""
    with bridge.opened() as platform, bridge.opened_source(platform, source_name) as source:
        try:
            source.check()
        except SourceUnavailable as error:
            return NotReady(True, str(error))
        if not source.partition_ready(partition, platform.clock()):
            return NotReady(False, f"partition {partition} of source {source_name} is not complete yet")
    return None


def count_unattended(detector: str) -> int:
    """Return for how many of the anomalies that the detector sees now nothing has been started yet."""
    from kintsugi.healing.detectors import detector_named
    from kintsugi.healing.incidents import unattended

    with bridge.opened() as platform:
        anomalies = detector_named(platform, detector).detect()
        return sum(unattended(platform.records, each, platform.settings.healing.window) for each in anomalies)
