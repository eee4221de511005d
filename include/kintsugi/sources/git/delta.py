"""Headers of the objects in a pack, as gitformat-pack(5) lays them out."""

from typing import Protocol

OFS_DELTA, REF_DELTA = 6, 7
"""Kinds of objects that are stored as a difference to another one: named by its distance, or by its name."""


class Bytes(Protocol):
    """Something that gives single bytes by their place."""

    def __getitem__(self, at: int, /) -> int: ...


def entry_at(data: Bytes, at: int) -> tuple[int, int, int]:
    """Return kind and size (in bytes, unpacked) of the object at ``at``, and where its header ends.

    Raises:
        ValueError: the data ends before.
    """
    byte, at = _byte(data, at)
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 128:
        byte, at = _byte(data, at)
        size |= (byte & 127) << shift
        shift += 7
    return kind, size, at


def after_distance(data: Bytes, at: int) -> tuple[int, int]:
    """Return how far before it the base of an `OFS_DELTA` lies, and where that number ends.

    Raises:
        ValueError: the data ends before.
    """
    byte, at = _byte(data, at)
    distance = byte & 127
    while byte & 128:
        byte, at = _byte(data, at)
        distance = (distance + 1 << 7) | byte & 127
    return distance, at


def size_after(start: bytes) -> int:
    """Return the larger of the sizes before and after a difference, given the beginning of its unpacked bytes.

    Raises:
        ValueError: the data ends before.
    """
    at, sizes = 0, []
    for _ in range(2):
        size, shift = 0, 0
        while True:
            byte, at = _byte(start, at)
            size |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                break
        sizes.append(size)
    return max(sizes)


def _byte(data: Bytes, at: int) -> tuple[int, int]:
    try:
        return data[at], at + 1
    except IndexError:
        raise ValueError("a pack that is cut short") from None
