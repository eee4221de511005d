"""Locks between processes, by files: the operating system gives them back when a holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kintsugi.errors import StoreUnavailable

_POLL = 0.02


@contextmanager
def held(file: Path, *, patience: float) -> Iterator[bool]:
    """Hold an exclusive lock while the block runs; yield false, holding nothing, when patience (seconds) runs out.

    Threads of one process exclude each other too.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreUnavailable(
            f"search index: lock {file} can't be opened",
            got=str(error),
            next_step=f"free space for, or give access to, {file.parent}",
        ) from error
    try:
        yield _acquire(handle, patience)
    finally:
        os.close(handle)


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
