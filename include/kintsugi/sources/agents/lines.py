"""Lines of a file of any size: one at a time, and none larger than there is room for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PIECE = 1 << 20


@dataclass(frozen=True)
class Line:
    """A line that is not blank; ``number`` counts from 1. ``data`` is ``None`` when it is longer than allowed."""

    number: int
    data: bytes | None


def lines_of(file: BinaryIO, max_bytes: int) -> Iterator[Line]:
    """Yield the lines; of one that is longer than ``max_bytes`` only that it is there."""
    number = 0
    while data := file.readline(max_bytes + 1):
        number += 1
        if len(data) > max_bytes and not data.endswith(b"\n"):
            while (rest := file.readline(_PIECE)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, None)
        elif data.strip():
            yield Line(number, data)
