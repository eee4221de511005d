"""Readers of one open file that don't disturb each other."""

import io
import os
import shutil
import tempfile
from typing import BinaryIO, Self

_BLOCK = 1 << 20


class HeldFile:
    """A file that stays open, and stays what it was when it is replaced under its name, until nobody needs it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def of(cls, file: BinaryIO) -> Self:
        """Hold an open file; one that is none of the operating system is copied to a nameless temporary file first."""
        try:
            return cls(os.dup(file.fileno()))
        except (OSError, AttributeError):
            file.seek(0)
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(file, copy, _BLOCK)
                copy.flush()
                return cls(os.dup(copy.fileno()))

    @property
    def size(self) -> int:
        """Bytes that it has now."""
        return os.fstat(self.descriptor).st_size

    @property
    def written_at(self) -> float:
        """When it was last written, seconds since the epoch."""
        return os.fstat(self.descriptor).st_mtime

    def reader(self) -> BinaryIO:
        """Return a reader from the start, with a position of its own."""
        return io.BufferedReader(_View(self), _BLOCK)

    def __del__(self) -> None:
        os.close(self.descriptor)


class _View(io.RawIOBase):
    def __init__(self, held: HeldFile) -> None:
        self._held = held
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        got = os.preadv(self._held.descriptor, [buffer], self._at)
        self._at += got
        return got

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, (0, self._at, self._held.size)[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at
