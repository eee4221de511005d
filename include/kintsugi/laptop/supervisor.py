"""The process that starts the platform, keeps it alive and ends it: ``python -m kintsugi.laptop.supervisor``."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from kintsugi.errors import KintsugiError, StoreUnavailable
from kintsugi.laptop.assembly import Assembly, assemble, watch_database
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.folders import log_path, postgres_path, prepare_folders
from kintsugi.laptop.leftovers import end_leftovers
from kintsugi.laptop.lock import SupervisorLock
from kintsugi.laptop.logs import rotate
from kintsugi.laptop.migration import migrate
from kintsugi.laptop.postgres import Postgres
from kintsugi.laptop.prober import Prober
from kintsugi.laptop.processes import identify
from kintsugi.laptop.services import DATABASE
from kintsugi.laptop.state import Phase, PlatformState, changes, read_state, state_path
from kintsugi.laptop.watch import Watch
from kintsugi.observe.events import configure_events
from kintsugi.settings import Settings, load_settings

TICK = 0.2
HURRIED, SETTLED = 0.5, 3.0
"""Seconds between two looks at the health: while something is not healthy, and when all is well."""

ROTATE_EVERY = 20.0
WAVE_PATIENCE = 8.0
"""Seconds that the services of one wave have to end by themselves; three waves make the longest stop."""

ALREADY_RUNNING = 3
"""Exit code of a supervisor that finds another one at work."""


class Supervisor:
    """Runs the platform's services until it is told to stop.

    One thread decides; a second one looks at the health. Every change is written to ``var/run/state.json``: a disk
    that is full is no reason to stop supervising.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._postgres = Postgres(postgres_path(settings))
        self._watches: tuple[Watch, ...] = (watch_database(self._postgres),)
        self._stopping = threading.Event()
        self._state = PlatformState("starting", clock(), identify(os.getpid()))
        self._written: PlatformState | None = None
        self._rotated_at = 0.0
        self._log = structlog.get_logger()

    def ask_to_stop(self) -> None:
        """Let `run` end; may be called from a signal handler."""
        self._stopping.set()

    def run(self) -> int:
        """Start everything, keep it alive, and stop it when asked to; return the exit code."""
        try:
            self._start_database()
            assembly = assemble(self._settings, self._postgres.socket_folder)
            self._state = replace(self._state, api_url=assembly.endpoints.url)
            self._watches += assembly.watches
            self._migrate(assembly)
            self._supervise(Prober(assembly.endpoints.url, assembly.probes, self._clock))
        except KintsugiError as error:
            self._log.error("supervisor.failed", error=str(error))
            self._stop()
            self._enter("failed", str(error))
            return 1
        self._enter("stopping")
        self._stop()
        self._enter("stopped")
        return 0

    def _start_database(self) -> None:
        self._enter("starting", "starting the database")
        database = self._watches[0]
        while not database.alive and database.state.condition != "failed" and not self._stopping.wait(TICK / 10):
            self._tick()
        if database.state.condition == "failed":
            raise StoreUnavailable(
                "the database does not start",
                got=database.state.detail,
                next_step=f"read {log_path(self._settings, DATABASE)}",
            )

    def _migrate(self, assembly: Assembly) -> None:
        """Bring Airflow's tables up to date; what needs no database starts in the meantime."""
        self._enter("starting", "bringing Airflow's tables up to date")
        for watch in self._watches:
            if not watch.needs:
                watch.tick(self._clock(), needs_alive=True)
        self._publish()
        migrated = migrate(self._settings, self._postgres, assembly.environment, self._stopping.is_set)
        self._log.info("supervisor.tables_ready", migrated=migrated)

    def _supervise(self, prober: Prober) -> None:
        self._enter("running")
        prober.start()
        while not self._stopping.wait(TICK):
            self._tick()
            for watch in self._watches:
                watch.note(self._clock(), prober.reading)
            settled = all(each.state.condition in ("healthy", "failed") for each in self._watches)
            prober.interval = SETTLED if settled else HURRIED
            self._publish()
            if self._clock() - self._rotated_at > ROTATE_EVERY:
                self._rotated_at = self._clock()
                self._rotate()
        prober.end()

    def _tick(self) -> None:
        alive = {each.name for each in self._watches if each.alive}
        for watch in self._watches:
            watch.tick(self._clock(), needs_alive=alive.issuperset(watch.needs))
        self._publish()

    def _stop(self) -> None:
        """Stop wave by wave; those of one wave stop side by side."""
        for wave in sorted({each.wave for each in self._watches}):
            threads = [
                threading.Thread(target=each.stop, args=(self._clock(), WAVE_PATIENCE))
                for each in self._watches
                if each.wave == wave
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self._publish()

    def _enter(self, phase: Phase, detail: str = "") -> None:
        self._state = replace(self._state, phase=phase, detail=detail, since=self._clock())
        self._log.info("supervisor.phase", phase=phase, detail=detail)
        self._publish()

    def _publish(self) -> None:
        state = replace(self._state, services=tuple(each.state for each in self._watches))
        if state == self._written:
            return
        for name, condition, detail in changes(self._written, state):
            self._log.info(f"service.{condition}", service=name, detail=detail)
        try:
            write_json(state_path(self._settings), state.to_dict())
        except OSError as error:
            self._log.warning("supervisor.state_not_written", error=str(error))
        self._written = state

    def _rotate(self) -> None:
        for name in (*(each.name for each in self._watches), "supervisor"):
            try:
                rotate(log_path(self._settings, name))
            except OSError as error:
                self._log.warning("supervisor.log_not_rotated", service=name, error=str(error))


def main() -> int:
    """Supervise the platform that the environment describes; return the exit code."""
    configure_events(sys.stdout)
    settings = load_settings()
    log = structlog.get_logger()
    try:
        prepare_folders(settings)
        lock = SupervisorLock(settings)
        if not lock.acquire():
            log.info("supervisor.already_running")
            return ALREADY_RUNNING
        ended = end_leftovers(settings, read_state(settings))
        if ended:
            log.warning("supervisor.leftovers_ended", services=ended)
    except KintsugiError as error:
        log.error("supervisor.failed", error=str(error))
        return 1
    supervisor = Supervisor(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.ask_to_stop())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
