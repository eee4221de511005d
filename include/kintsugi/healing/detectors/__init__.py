"""Detectors look for one kind of anomaly each. To add one: write its file here and name it in `DETECTORS`."""

from collections.abc import Callable
from typing import Protocol

from kintsugi.errors import ConfigurationError
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.detectors.held_partition import HeldPartition
from kintsugi.healing.detectors.late_partition import LatePartition
from kintsugi.healing.detectors.missing_chunks import MissingChunks
from kintsugi.healing.detectors.schema_drift import SchemaDrifts
from kintsugi.healing.detectors.source_outage import SourceOutage
from kintsugi.healing.detectors.volume import UnusualVolume
from kintsugi.platform import Platform


class Detector(Protocol):
    """Looks for one kind of anomaly.

    Implementers guarantee: `detect` changes nothing but its own notes; it may run in many processes at once and at any
    time; when all is well it reads digests or single records, no texts and no vectors, because it runs every few
    seconds.

    Attributes:
        name: the kind of the anomalies that it reports; kebab-case.
    """

    name: str

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for each target that is wrong; an empty list when none is.

        Raises:
            TransientError: a store could not be read; nothing can be said about this round.
        """
        ...


DETECTORS: dict[str, Callable[[Platform, float], Detector]] = {
    MissingChunks.name: MissingChunks,
    SourceOutage.name: SourceOutage,
    HeldPartition.name: lambda platform, grace: HeldPartition(platform),
    SchemaDrifts.name: lambda platform, grace: SchemaDrifts(platform),
    UnusualVolume.name: lambda platform, grace: UnusualVolume(platform),
    LatePartition.name: lambda platform, grace: LatePartition(platform),
}
"""Every detector by name; called with the platform and the grace in seconds, which not every kind needs."""


def detectors(platform: Platform) -> list[Detector]:
    """Return all detectors with the grace that the settings say."""
    return [build(platform, platform.settings.healing.grace) for build in DETECTORS.values()]


def detector_named(platform: Platform, name: str, *, grace: float | None = None) -> Detector:
    """Return one detector.

    Args:
        platform: what it looks at.
        name: a key of `DETECTORS`.
        grace: seconds that a suspect must stay wrong; the settings' by default, 0 to judge at the first look.

    Raises:
        ConfigurationError: there is no detector of this name.
    """
    build = DETECTORS.get(name)
    if build is None:
        raise ConfigurationError(f"unknown detector {name!r}", expected="one of " + ", ".join(DETECTORS))
    return build(platform, platform.settings.healing.grace if grace is None else grace)
