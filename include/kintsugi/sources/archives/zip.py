"""Zip archives, in the order of their directory."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from kintsugi.errors import DataError
from kintsugi.sources.archives.found import LINK, SPECIAL, Found, Limits, damaged, no_bytes

ZIP_TROUBLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, struct.error)
"""What reading a damaged zip raises."""

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_ENCRYPTED = 0x1
_LONGEST_TAIL = 22 + 65535 + 20 + 56
_MAX_ENTRY = 512
"""Bytes of the directory that a member may need on average."""


def walk_zip(packed: BinaryIO, archive: str, limits: Limits) -> Iterator[Found]:
    """Yield the files of a zip.

    Raises:
        DataError: damaged, encrypted, or more members than may be.
    """
    try:
        _require_small_directory(packed, archive, limits)
        with zipfile.ZipFile(packed) as opened:
            infos = opened.infolist()
            limits.require_members(archive, len(infos))
            if any(info.flag_bits & _ENCRYPTED for info in infos):
                raise DataError(
                    f"document {archive}: encrypted",
                    expected="an archive that opens without a password",
                    got="members that are encrypted",
                    next_step="pack it again without a password",
                ).named("encrypted")
            for info in infos:
                if not info.is_dir():
                    yield _found(opened, info)
    except ZIP_TROUBLE as error:
        raise damaged(archive, f"{type(error).__name__}: {error}") from error


def _found(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Found:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Found(info.filename, 0, no_bytes, LINK)
    if kind not in (0, stat.S_IFREG):
        return Found(info.filename, 0, no_bytes, SPECIAL)
    return Found(info.filename, info.file_size, lambda: cast(BinaryIO, opened.open(info)))


def _require_small_directory(packed: BinaryIO, archive: str, limits: Limits) -> None:
    """Look at the size of the directory before `zipfile` holds all of it in memory."""
    size = packed.seek(0, 2)
    packed.seek(max(0, size - _LONGEST_TAIL))
    tail = packed.read(_LONGEST_TAIL)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < 22:
        raise damaged(archive, "no directory at its end: it was cut off, or is no zip")
    count, directory = struct.unpack_from("<HI", tail, end + 10)
    longer = tail.rfind(_END_64, 0, end)
    if longer >= 0 and len(tail) - longer >= 56:
        count, directory = struct.unpack_from("<QQ", tail, longer + 32)
    limits.require_members(archive, count)
    limits.require_members(archive, directory // _MAX_ENTRY)
    packed.seek(0)
