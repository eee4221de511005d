"""Look with every detector and open incidents: what `watch` does in Airflow, in one process."""

import time
from collections.abc import Callable

from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.detectors import detectors
from kintsugi.healing.incidents import open_incident
from kintsugi.platform import Platform
from kintsugi.records import Incident, RunRef, Suspect


def anomalies_now(platform: Platform, *, sleep: Callable[[float], None] = time.sleep) -> list[Anomaly]:
    """Return what all detectors report.

    Where something looks wrong for the first time it is looked at once more after the grace period; when nothing does,
    the answer comes at once.

    Raises:
        TransientError: a store could not be read; nothing can be said.
    """
    found = _look(platform)
    if platform.records.count(Suspect):
        sleep(platform.settings.healing.grace)
        found = _look(platform)
    return found


def sweep(platform: Platform, run: RunRef, *, sleep: Callable[[float], None] = time.sleep) -> list[Incident]:
    """Open an incident for each anomaly that there is now; return them, those that were open before included."""
    rest = platform.settings.healing.window
    return [open_incident(platform.records, each, run, rest=rest) for each in anomalies_now(platform, sleep=sleep)]


def _look(platform: Platform) -> list[Anomaly]:
    return [anomaly for detector in detectors(platform) for anomaly in detector.detect()]
