"""One log file a service: kept small, read from the end, followed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_BYTES = 10 * 2**20
KEPT = 3
BLOCK = 64 * 2**10


def rotate(log: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> bool:
    """Move a log that has grown beyond ``max_bytes`` to ``NAME.1`` and start it anew; return whether that was done.

    The service goes on writing to the same open file: its content is copied, then cut. What it prints between the two
    may be lost, which for a log of megabytes is the price of not standing between a service and its output.
    """
    try:
        if log.stat().st_size <= max_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(kept - 1, 0, -1):
        older = numbered(log, number)
        if older.exists():
            older.replace(numbered(log, number + 1))
    with log.open("r+b") as current, numbered(log, 1).open("wb") as copy:
        while block := current.read(BLOCK):
            copy.write(block)
        current.truncate(0)
    return True


def numbered(log: Path, number: int) -> Path:
    """Return the name of an older part of a log; 1 is the newest."""
    return log.with_name(f"{log.name}.{number}")


def tail(log: Path, lines: int) -> list[str]:
    """Return the last ``lines`` lines, reading the file from its end; an absent log has none."""
    if lines <= 0:
        return []
    try:
        with log.open("rb") as file:
            position = file.seek(0, 2)
            block = b""
            while position > 0 and block.count(b"\n") <= lines:
                step = min(BLOCK, position)
                position -= step
                file.seek(position)
                block = file.read(step) + block
    except FileNotFoundError:
        return []
    return block.decode("utf-8", "replace").splitlines()[-lines:]


def follow(log: Path, *, poll: float = 0.3, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Yield what is appended from now on, line by line, for ever; a rotated log is followed from its new start."""
    position = log.stat().st_size if log.exists() else 0
    rest = b""
    while True:
        size = log.stat().st_size if log.exists() else 0
        if size < position:
            position, rest = 0, b""
        if size > position:
            with log.open("rb") as file:
                file.seek(position)
                *whole, rest = (rest + file.read(BLOCK)).split(b"\n")
                position = file.tell()
            yield from (line.decode("utf-8", "replace") for line in whole)
        else:
            sleep(poll)
