"""The platform as the api-server's process holds it: opened once, and its heavy parts ahead of the first question."""

import threading
from collections.abc import Callable

import structlog

from kintsugi.errors import KintsugiError
from kintsugi.platform import Platform
from kintsugi_airflow.engines import open_platform


class OpenedOnce:
    """Opens the platform when it is first needed; every method may be called from many threads.

    Args:
        open: makes the platform.
    """

    def __init__(self, open: Callable[[], Platform] = open_platform) -> None:
        self._open = open
        self._opening = threading.Lock()
        self._warming = threading.Lock()
        self._platform: Platform | None = None
        self._asked_to_warm = False

    def platform(self) -> Platform:
        """Return the platform with its records open; cheap, no model and no index."""
        with self._opening:
            if self._platform is None:
                platform = self._open()
                _ = platform.records
                self._platform = platform
            return self._platform

    def warm_platform(self) -> Platform:
        """Return the platform with index and model ready; the first call may take seconds, others wait for it."""
        platform = self.platform()
        with self._warming:
            _ = platform.index, platform.embedder
        return platform

    def warm_up(self) -> None:
        """Start to get index and model ready in the background, once, and return at once."""
        with self._opening:
            if self._asked_to_warm:
                return
            self._asked_to_warm = True
        threading.Thread(target=self._warm_quietly, name="kintsugi-warm-up", daemon=True).start()

    def _warm_quietly(self) -> None:
        try:
            self.warm_platform()
        except KintsugiError as error:
            structlog.get_logger().warning("page_warm_up_failed", error=str(error))
