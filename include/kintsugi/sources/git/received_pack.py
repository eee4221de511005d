"""A pack that came from somewhere else: how large its objects get, before any of them is unpacked into memory."""

import mmap
import zlib
from typing import BinaryIO

from kintsugi.sources.git.delta import OFS_DELTA, REF_DELTA, after_distance, entry_at, size_after

_FIRST, _LARGEST_PIECE = 1024, 1 << 20
_HEADER = 12


def largest_object(pack: BinaryIO, limit: int) -> int:
    """Return the size in bytes of the largest object, unpacked; a difference counts with what it makes.

    The pack is read through once, piece by piece, and no further than an object that is larger than ``limit``: a few
    megabytes can stand for as many gigabytes. See gitformat-pack(5).

    Args:
        pack: a file that is written out.
        limit: bytes.

    Raises:
        ValueError: it is no pack, or is damaged.
    """
    largest = 0
    with mmap.mmap(pack.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"PACK" or len(data) < _HEADER:
            raise ValueError("no pack")
        at = _HEADER
        for _ in range(int.from_bytes(data[8:_HEADER], "big")):
            kind, size, at = entry_at(data, at)
            if kind == OFS_DELTA:
                at = after_distance(data, at)[1]
            elif kind == REF_DELTA:
                at += 20
            largest = max(largest, size)
            if size > limit:
                return largest
            start, at = _passed(data, at, size)
            if kind in (OFS_DELTA, REF_DELTA):
                largest = max(largest, size_after(start))
    return largest


def _passed(data: mmap.mmap, at: int, size: int) -> tuple[bytes, int]:
    """Return the beginning of an object's unpacked bytes, and where it ends in the pack."""
    inflating = zlib.decompressobj()
    start, length, piece = b"", 0, _FIRST
    waiting = b""
    while not inflating.eof:
        if not waiting:
            waiting = data[at : at + piece]
            at += len(waiting)
            piece = min(2 * piece, _LARGEST_PIECE)
            if not waiting:
                raise ValueError("a pack that is cut short")
        unpacked = inflating.decompress(waiting, _LARGEST_PIECE)
        waiting = inflating.unconsumed_tail
        start = (start + unpacked)[:40] if len(start) < 40 else start
        length += len(unpacked)
        if length > size:
            raise ValueError("an object that is larger than it says")
    return start, at - len(inflating.unused_data)
