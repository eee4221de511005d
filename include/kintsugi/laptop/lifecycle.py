"""Starts the supervisor in the background, waits until the platform is healthy, and ends it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from kintsugi.embedding.address import socket_path
from kintsugi.errors import KintsugiError, TransientError
from kintsugi.laptop.folders import log_path, prepare_folders
from kintsugi.laptop.leftovers import end_leftovers
from kintsugi.laptop.lock import is_supervised
from kintsugi.laptop.logs import tail
from kintsugi.laptop.processes import identify, spawn, terminate
from kintsugi.laptop.state import PlatformState, read_state, state_path
from kintsugi.settings import Settings

HEALTHY_WITHIN = 300.0
"""Seconds that a start may take: about 15 on two free cores, more on the first start of a busy machine."""

STOPPED_WITHIN = 60.0
"""Seconds that a stop may take: three waves of services, each with its patience and what has to be killed then."""

SHOWN = 15
"""Lines of a log that go into an error."""

Started = subprocess.Popen[bytes]
Sleep = Callable[[float], None]


def start(settings: Settings) -> Started | None:
    """Start the supervisor in a session of its own; ``None`` when one is alive. Waits for one that is just ending.

    Raises:
        ConfigurationError: the folders can't be made or written.
        TransientError: a supervisor that is ending does not come to an end.
    """
    prepare_folders(settings)
    if is_supervised(settings):
        state = read_state(settings)
        if state is None or state.phase in ("starting", "running"):
            return None
        _wait_until_free(settings)
    ours = {"KINTSUGI_HOME": str(settings.home), "KINTSUGI_VAR": str(settings.var)}
    argv = (sys.executable, "-m", "kintsugi.laptop.supervisor")
    return spawn(argv, {**os.environ, **ours}, log_path(settings, "supervisor"), settings.home)


def wait_until_healthy(
    settings: Settings,
    started: Started | None,
    on_state: Callable[[PlatformState], None],
    *,
    patience: float = HEALTHY_WITHIN,
    sleep: Sleep = time.sleep,
) -> PlatformState:
    """Return the platform's state once every service that it can't do without is healthy.

    Args:
        started: what `start` returned.
        on_state: called with each new state on the way there.

    Raises:
        TransientError: the supervisor ended, gave a service up, or took longer than ``patience`` seconds; names the
            service, the last lines of its log and the next step. What runs, goes on running.
    """
    deadline = time.monotonic() + patience
    seen: PlatformState | None = None
    while True:
        gone = (started is None or started.poll() is not None) and not is_supervised(settings)
        state = read_state(settings)
        if state is not None and started is not None and state.since < _born(started):
            state = None  # of an earlier supervisor
        if gone:
            raise _ended(settings, state)
        if state is not None and state != seen:
            seen = state
            on_state(state)
        if state is not None and state.given_up:
            service = state.given_up[0]
            raise _not_healthy(settings, service.name, f"given up: {service.detail}")
        late = time.monotonic() > deadline
        if state is not None and (state.is_healthy or (late and state.is_usable)):
            return state
        if late:
            raise _late(settings, state, patience)
        sleep(0.2)


def stop(settings: Settings) -> list[str]:
    """End the supervisor and every service, with all that they started, and remove what they leave; names what ran.

    Nothing that runs is nothing to do. Services whose supervisor was killed are ended, too.

    Raises:
        TransientError: a supervisor is alive that can't be ended.
    """
    stopped: list[str] = []
    if is_supervised(settings):
        state = _state_of_the_living(settings)
        stopped = [each.name for each in state.services if each.process is not None]
        if state.supervisor is not None:
            terminate([state.supervisor], STOPPED_WITHIN)
        _wait_until_free(settings)
        stopped.append("supervisor")
    stopped += [name for name in end_leftovers(settings, read_state(settings)) if name not in stopped]
    for path in (state_path(settings), socket_path(settings)):
        path.unlink(missing_ok=True)
    return stopped


def _state_of_the_living(settings: Settings) -> PlatformState:
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        state = read_state(settings)
        if state is not None and state.supervisor is not None and state.phase not in ("stopped", "failed"):
            return state
        time.sleep(0.1)
    raise TransientError(
        "platform: a supervisor is alive but does not say who it is",
        expected=f"its state in {state_path(settings)}",
        next_step=f"try again in a moment; then read {log_path(settings, 'supervisor')}",
    )


def _wait_until_free(settings: Settings) -> None:
    deadline = time.monotonic() + STOPPED_WITHIN
    while is_supervised(settings):
        if time.monotonic() > deadline:
            raise TransientError(
                "platform: the supervisor does not end",
                got=f"still alive after {STOPPED_WITHIN:.0f} s",
                next_step=f"read {log_path(settings, 'supervisor')}",
            )
        time.sleep(0.1)


def _born(started: Started) -> float:
    identity = identify(started.pid)
    return identity.born - 1.0 if identity else 0.0


def _ended(settings: Settings, state: PlatformState | None) -> KintsugiError:
    detail = state.detail if state is not None and state.phase == "failed" else ""
    return TransientError(
        "platform: the supervisor ended",
        expected="that it keeps the services alive",
        got=detail or _last_lines(settings, "supervisor"),
        next_step=f"remove the cause, then `kintsugi up`; its log is {log_path(settings, 'supervisor')}",
    )


def _late(settings: Settings, state: PlatformState | None, patience: float) -> KintsugiError:
    waiting = [each for each in state.services if not each.optional and each.condition != "healthy"] if state else []
    if not waiting:
        return _not_healthy(settings, "supervisor", f"it has not begun after {patience:.0f} s")
    return _not_healthy(settings, waiting[0].name, f"{waiting[0].condition} after {patience:.0f} s")


def _not_healthy(settings: Settings, service: str, said: str) -> KintsugiError:
    return TransientError(
        f"platform: service {service} does not come up",
        expected="that it becomes healthy",
        got=f"{said}\n{_last_lines(settings, service)}",
        next_step=f"`kintsugi logs {service}` shows more; after a change: `kintsugi down`, then `kintsugi up`",
    )


def _last_lines(settings: Settings, service: str) -> str:
    return "\n".join(tail(log_path(settings, service), SHOWN))
