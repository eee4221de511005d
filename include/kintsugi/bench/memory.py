"""The most memory that this process has held while something ran."""

import threading
from types import TracebackType
from typing import Self

import psutil

INTERVAL = 0.02


class PeakMemory:
    """A context manager that looks at the process's resident memory every `INTERVAL` seconds.

    Attributes:
        megabytes: the peak, in 2^20 bytes; the state on entering counts too.
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._watcher.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.megabytes = max(self.megabytes, process.memory_info().rss / 2**20)
            if self._ended.wait(INTERVAL):
                return
