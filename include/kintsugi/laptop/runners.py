"""What the supervisor can start, ask after and stop: a service's process; PostgreSQL is another (`postgres`)."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kintsugi.errors import TransientError
from kintsugi.laptop.processes import Identity, family, identify, kill, spawn, terminate
from kintsugi.laptop.services import Service


class Runner(Protocol):
    """Something that runs until it ends. Used from one thread."""

    def start(self) -> Identity:
        """Start it.

        Raises:
            TransientError: it could not be started now.
            ConfigurationError: it can't be started until a person changes something.
        """
        ...

    def ended(self) -> str | None:
        """Return ``None`` while it runs, else how it ended."""
        ...

    def stop(self, patience: float) -> None:
        """End it and everything that it started, by force after ``patience`` seconds."""
        ...


class ServiceRunner:
    """Runs a service as a process in a session of its own; its whole family ends before it starts again."""

    def __init__(self, service: Service, environment: Mapping[str, str], log: Path, folder: Path) -> None:
        self._service = service
        self._environment = {**environment, **service.environment}
        self._log = log
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None

    def start(self) -> Identity:
        """Start the process."""
        try:
            self._process = spawn(self._service.argv, self._environment, self._log, self._folder)
        except OSError as error:
            raise TransientError(
                f"service {self._service.name}: could not be started", got=str(error), next_step="see `kintsugi doctor`"
            ) from error
        # a process that has ended already is a zombie until it is asked after, so that it can be identified
        self._identity = identify(self._process.pid)
        assert self._identity is not None
        return self._identity

    def ended(self) -> str | None:
        """Return ``None`` while the process runs, else how it ended; what it left behind is ended then, too."""
        if self._process is None or self._identity is None:
            return "not started"
        code = self._process.poll()
        if code is None:
            return None
        kill(family(self._identity))
        return ending(code)

    def stop(self, patience: float) -> None:
        """Ask the process to end, then end what is left of its family."""
        if self._process is not None and self._identity is not None:
            terminate([self._identity], patience)
            self._process.wait()


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
