"""Processes as the platform sees them: known by pid and birth, ended with everything that they started."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAME_BIRTH = 2.0
"""Seconds by which two readings of a process's birth may differ; a pid does not come round again that fast."""

REMEMBERED = ("airflow", "kintsugi", "postgres")
"""One of these stands in the command line of everything that the platform starts."""


@dataclass(frozen=True)
class Identity:
    """A process beyond doubt: pids come round again, a pid with its time of birth does not."""

    pid: int
    born: float


def spawn(argv: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a process as the leader of a session of its own, appending what it prints to ``log``.

    The session outlives its leader: whatever the process leaves behind can be found by it (see `family`).

    Raises:
        OSError: no such program, no space for the log, no memory.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def identify(pid: int) -> Identity | None:
    """Return who has this pid now; ``None`` when nobody has."""
    try:
        return Identity(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(identity: Identity) -> bool:
    """Tell whether this very process runs (a zombie does not)."""
    try:
        process = psutil.Process(identity.pid)
        return abs(process.create_time() - identity.born) < SAME_BIRTH and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def is_ours(process: psutil.Process, born_after: float) -> bool:
    """Tell whether the platform started this process: young enough, and its command line says so."""
    try:
        words = " ".join(process.cmdline())
        return process.create_time() >= born_after - SAME_BIRTH and any(name in words for name in REMEMBERED)
    except psutil.Error:
        return False


def family(leader: Identity) -> list[psutil.Process]:
    """Return the leader, its descendants, and whoever is left of its session once it is dead.

    The last is what a killed scheduler leaves: workers without a parent, deaf to SIGTERM, 160 MB each. A session keeps
    its number as long as it has members, so that a stranger in it can only be somebody who got the pid of a leader
    whose whole family had ended; such a one is recognised by birth and command line, and left alone.
    """
    now = identify(leader.pid)
    if now is not None and abs(now.born - leader.born) >= SAME_BIRTH:
        return []
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(leader.pid)
        found = {each.pid: each for each in (process, *process.children(recursive=True))}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in found and os.getsid(process.pid) == leader.pid and is_ours(process, leader.born):
                found[process.pid] = process
    return [process for process in found.values() if process.pid != os.getpid()]


def terminate(leaders: Iterable[Identity], patience: float) -> list[Identity]:
    """Ask these to end (SIGTERM), wait up to ``patience`` seconds, then end what is left of their families (SIGKILL).

    Returns:
        Those that did not end in time by themselves.
    """
    families = {leader: family(leader) for leader in leaders}
    for leader, members in families.items():
        for member in members:
            if member.pid == leader.pid:
                with contextlib.suppress(psutil.Error):
                    member.terminate()
    deadline = time.monotonic() + patience
    while any(map(is_alive, families)) and time.monotonic() < deadline:
        reap(leader.pid for leader in families)
        time.sleep(0.05)
    late = [leader for leader in families if is_alive(leader)]
    for leader, members in families.items():
        kill([*members, *family(leader)])
    return late


def kill(members: Sequence[psutil.Process], patience: float = 5.0) -> None:
    """End these processes now (SIGKILL) and wait until they are gone."""
    for member in members:
        with contextlib.suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(members, timeout=patience)


def reap(pids: Iterable[int]) -> None:
    """Take note of children that have ended, so that they don't stay as zombies; others are left alone."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
