"""What a walk through an archive hands over for each member, and the limits of a walk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from kintsugi.errors import DataError

CHUNK = 1 << 20
"""Bytes that are read at a time."""


@dataclass(frozen=True)
class Limits:
    """What an archive may have, before it counts as a bomb.

    Attributes:
        members: files and folders.
        total_bytes: unpacked size of all members.
        ratio: unpacked size by packed size, once ``free_bytes`` are unpacked.
        free_bytes: unpacked bytes at which the ratio is not looked at yet.
    """

    members: int = 200_000
    total_bytes: int = 8_000_000_000
    ratio: float = 250.0
    free_bytes: int = 64_000_000

    def require(self, archive: str, unpacked: int, packed: int) -> None:
        """Return when this many bytes are fine.

        Raises:
            DataError: they are too many.
        """
        if unpacked > self.total_bytes:
            raise bomb(archive, f"at most {self.total_bytes / 1e6:g} MB unpacked", "more than that")
        if unpacked > self.free_bytes and unpacked > self.ratio * max(1, packed):
            raise bomb(
                archive, f"at most {self.ratio:g} times its packed size", f"{unpacked / max(1, packed):.0f} times"
            )

    def require_members(self, archive: str, count: int) -> None:
        """Return when this many members are fine.

        Raises:
            DataError: they are too many.
        """
        if count > self.members:
            raise bomb(archive, f"at most {self.members} members", "more than that")


USUAL = Limits()
"""Far more than an archive of documents has."""


@dataclass(frozen=True)
class Found:
    """A file in an archive, before it is read.

    Attributes:
        name: as the archive has it.
        size: bytes that its header promises; `UNKNOWN` when it makes no promise.
        open: its unpacked bytes; usable until the walk goes on.
        refusal: (check, what came, next step) for what is not read, e.g. a link; "" thrice for what is.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]
    refusal: tuple[str, str, str] = ("", "", "")


UNKNOWN = -1
"""The size of a file whose archive does not tell it."""

LINK = ("link", "a link inside an archive", "put the file itself into the archive")
SPECIAL = ("regular-file", "a device or pipe inside an archive", "leave it out of the archive")
SPARSE = ("regular-file", "a sparse file inside an archive", "pack it again without --sparse")


def bomb(archive: str, expected: str, got: str) -> DataError:
    """Return the error for an archive that unpacks to too much."""
    return DataError(
        f"document {archive}: unpacks to too much",
        expected=expected,
        got=got,
        next_step="split it, or unpack it there if it is meant to be so",
    ).named("bomb")


def damaged(archive: str, got: str) -> DataError:
    """Return the error for an archive that can't be read to its end."""
    return DataError(
        f"document {archive}: truncated or damaged",
        expected="a whole archive",
        got=got[:200],
        next_step="copy or pack it again; what it held before is kept until then",
    ).named("damaged")


def no_bytes() -> NoReturn:
    """Stand for the content of something that is never opened.

    Raises:
        OSError: always.
    """
    raise OSError("not a regular file")
