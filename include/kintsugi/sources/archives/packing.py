"""Packed streams: gzip, xz and bzip2; a single packed file is an archive with one member."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from kintsugi.sources.archives.found import UNKNOWN, Found

PACKING_TROUBLE = (lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, OverflowError)
"""What reading a damaged stream raises."""


def unpacked(packed: BinaryIO, packing: str) -> BinaryIO:
    """Return the stream inside; ``packing`` is ``gz``, ``xz``, ``bz2`` or "". One that is cut off raises at its end."""
    if packing == "gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb"))
    if packing == "xz":
        return cast(BinaryIO, lzma.LZMAFile(packed))
    if packing == "bz2":
        return cast(BinaryIO, bz2.BZ2File(packed))
    return packed


def walk_single(packed: BinaryIO, packing: str, name: str) -> Iterator[Found]:
    """Yield the one file inside; it is called ``name`` without its last suffix."""
    yield Found(name.rsplit(".", 1)[0], UNKNOWN, lambda: unpacked(packed, packing))
