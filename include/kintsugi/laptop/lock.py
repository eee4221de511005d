"""One supervisor a folder: a lock that the kernel takes back when its holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path

from kintsugi.settings import Settings


class SupervisorLock:
    """Held from `acquire` until the process ends or `release`; children don't inherit it."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.run_path / "supervisor.lock"
        self._descriptor: int | None = None

    def acquire(self, patience: float = 1.0) -> bool:
        """Take the lock; return false when another process holds it for longer than ``patience`` seconds."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + patience
        while not _locks(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(descriptor)
                return False
            time.sleep(0.02)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_supervised(settings: Settings) -> bool:
    """Tell whether a supervisor is alive.

    Takes a shared lock for an instant: those who ask don't see each other, and a supervisor that starts waits for them.
    """
    try:
        descriptor = os.open(settings.run_path / "supervisor.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _locks(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locks(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
