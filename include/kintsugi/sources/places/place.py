"""`Place`: somewhere that files lie, and what it says of each before it is read."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from kintsugi.errors import DataError

_UNFINISHED = ("~", ".part", ".partial", ".crdownload", ".swp", ".swx", ".tmp")


@dataclass(frozen=True)
class Entry:
    """One file of a place.

    Attributes:
        path: safe names joined by ``/``, relative to the place; unique in it.
        locator: URL of the file, without credentials.
        opened: opens the file for the document of this name (for messages) and translates every error inside its
            ``with``: `ItemVanished` when the file is gone, `DataError` when it can't be read, `SourceUnavailable` when
            the place does not answer. The stream can seek.
        version: changes whenever the bytes do; "" when only the bytes can tell.
        written_at: when it was last written, seconds since the epoch; ``None`` when only the open file can tell.
        refusal: why it is not to be opened at all.
    """

    path: str
    locator: str
    opened: Callable[[str], AbstractContextManager[BinaryIO]]
    version: str = ""
    written_at: float | None = None
    refusal: DataError | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


class Place(Protocol):
    """Somewhere that files lie.

    Implementers guarantee: `entries` comes in the same order each time, passes over what is hidden or unfinished, holds
    one folder's listing in memory at most, and raises rather than leaving out what it could not list.
    """

    def check(self) -> None:
        """Return when the place can be listed.

        Raises:
            SourceUnavailable: it can't, for now.
            TerminalError: it refuses the credentials.
        """
        ...

    def exists(self) -> bool:
        """Return whether the place is there."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield every file.

        Raises:
            SourceUnavailable: the place, or a folder in it that still exists, can't be listed.
        """
        ...

    def entry(self, path: str) -> Entry | None:
        """Return the file of this path, without listing the others; ``None`` when there is none."""
        ...


def passed_over(name: str) -> bool:
    """Return whether a file or folder of this name is hidden, or a program is still writing it."""
    return name.startswith(".") or name.endswith(_UNFINISHED)
