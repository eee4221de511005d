"""Tar archives, packed or not, from their first byte to their last."""

import os
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from kintsugi.sources.archives.found import CHUNK, LINK, SPARSE, SPECIAL, Found, Limits, damaged, no_bytes
from kintsugi.sources.archives.packing import PACKING_TROUBLE, unpacked

_BLOCK = 512
_LONGEST_HEADER = 4 << 20
TAR_TROUBLE = (tarfile.TarError, *PACKING_TROUBLE)
"""What reading a damaged tar raises."""


def walk_tar(packed: BinaryIO, packing: str, archive: str, limits: Limits) -> Iterator[Found]:
    """Yield the files of a tar in its order; the walk ends only when everything was read and checked.

    Args:
        packed: the archive's bytes, at their start.
        packing: ``gz``, ``xz``, ``bz2`` or "".
        archive: its name, for messages.
        limits: what it may have.

    Raises:
        DataError: damaged, cut off, or a bomb.
    """
    try:
        content = _Forward(unpacked(packed, packing), packed, archive, limits)
        tar = tarfile.TarFile(fileobj=cast(BinaryIO, content), mode="r", errors="surrogateescape")
        count = 0
        while (info := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would keep them all
            count += 1
            limits.require_members(archive, count)
            if not info.isdir():
                yield _found(tar, info)
        if content.last.count(0) != _BLOCK:
            raise damaged(archive, "no end mark: it was cut off, or a header in it is broken")
        content.read_to_end()
    except TAR_TROUBLE as error:
        raise damaged(archive, f"{type(error).__name__}: {error}") from error


def _found(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Found:
    if info.issym() or info.islnk():
        return Found(info.name, 0, no_bytes, LINK)
    if not info.isreg():
        return Found(info.name, 0, no_bytes, SPECIAL)
    if info.issparse():
        return Found(info.name, 0, no_bytes, SPARSE)
    return Found(info.name, info.size, lambda: cast(BinaryIO, tar.extractfile(info)))


class _Forward:
    """Unpacked bytes as `tarfile` wants them, forwards only: going back would unpack everything again.

    ``last`` is what the last read gave; after the last header it is the block that ended the archive.
    """

    def __init__(self, unpacked: BinaryIO, packed: BinaryIO, archive: str, limits: Limits) -> None:
        self.last = b""
        self._unpacked = unpacked
        self._packed = packed
        self._archive = archive
        self._limits = limits
        self._at = 0

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise damaged(self._archive, f"a header of {size} bytes")
        parts = []
        missing = size
        while missing and (part := self._unpacked.read(missing)):
            parts.append(part)
            missing -= len(part)
        self.last = b"".join(parts)
        self._at += len(self.last)
        self._limits.require(self._archive, self._at, self._packed.tell())
        return self.last

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or offset < self._at:
            raise OSError("a step back in a stream")
        while self._at < offset and self.read(min(CHUNK, offset - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at

    def read_to_end(self) -> None:
        while self.read(CHUNK):
            pass
