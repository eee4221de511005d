"""Locks between processes, by files: the operating system gives them back when a holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kintsugi.errors import StoreUnavailable

_POLL = 0.01


@contextmanager
def turn(file: Path, *, patience: float) -> Iterator[bool]:
    """As `held`, and fair: who has just had a turn lets those who wait go first.

    The one that is next holds a second lock while it waits, so a writer that comes straight back queues behind it.
    """
    until = time.monotonic() + patience
    with ExitStack() as next_one, ExitStack() as mine:
        acquired = next_one.enter_context(held(file.with_name(f"{file.name}.next"), patience=patience))
        acquired = acquired and mine.enter_context(held(file, patience=max(0.0, until - time.monotonic())))
        next_one.close()
        yield acquired


@contextmanager
def held(file: Path, *, patience: float) -> Iterator[bool]:
    """Hold an exclusive lock while the block runs; yield false, holding nothing, when patience (seconds) runs out.

    Threads of one process exclude each other too.
    """
    handle = _opened(file)
    try:
        yield _acquire(handle, patience)
    finally:
        os.close(handle)


def _opened(file: Path) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreUnavailable(
            f"lock {file} can't be opened",
            got=str(error),
            next_step=f"free space for, or give access to, {file.parent}",
        ) from error


def _acquire(handle: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL)
        else:
            return True
