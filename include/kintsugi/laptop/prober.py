"""Looks at the platform's health all the time, beside the supervisor's loop: a slow answer holds nobody up."""

import threading
import time
from collections.abc import Callable, Mapping

from kintsugi.laptop.health import SILENT, Reading, read_health, warm_up
from kintsugi.laptop.services import API

Probe = Callable[[], bool]


class Prober(threading.Thread):
    """Keeps the newest `Reading`. The API server counts as healthy when it answers and its execution API is built.

    Args:
        url: where the API server listens.
        probes: for services that don't report to Airflow, a question that is answered with yes when they work.
    """

    def __init__(self, url: str, probes: Mapping[str, Probe], clock: Callable[[], float] = time.time) -> None:
        super().__init__(name="prober", daemon=True)
        self.interval = 0.5
        self.reading = SILENT
        self._url = url
        self._probes = probes
        self._clock = clock
        self._warm = False
        self._ending = threading.Event()

    def run(self) -> None:
        """Look until `end`."""
        while not self._ending.wait(self.interval):
            self.reading = self.look()

    def end(self) -> None:
        """Stop looking; a question that is being asked is not waited for."""
        self._ending.set()

    def look(self) -> Reading:
        """Ask everybody once."""
        asked_at = self._clock()
        airflow = read_health(self._url)
        self._warm = bool(airflow.healthy) and (self._warm or warm_up(self._url))
        others = {name: probe() for name, probe in self._probes.items()}
        return Reading(
            healthy={**airflow.healthy, **others, API: self._warm},
            heard={**airflow.heard, **dict.fromkeys(others, asked_at), API: asked_at},
        )
