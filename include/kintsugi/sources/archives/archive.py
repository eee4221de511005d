"""`Archive`: one archive, checked from end to end before anything of it is handed over."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.sources.archives.found import CHUNK, UNKNOWN, Found, Limits, damaged
from kintsugi.sources.archives.names import kind_of, member_path
from kintsugi.sources.archives.packing import walk_single
from kintsugi.sources.archives.positioned import HeldFile
from kintsugi.sources.archives.tar import TAR_TROUBLE, walk_tar
from kintsugi.sources.archives.zip import ZIP_TROUBLE, walk_zip
from kintsugi.sources.places.place import passed_over
from kintsugi.sources.sizes import cut_short, too_large


@dataclass(frozen=True)
class Member:
    """A file of an archive that was read to its end once.

    Attributes:
        path: safe names joined by ``/``, relative to the archive.
        ordinal: its place in the walk.
        size: bytes.
        digest: of its bytes; "" for one that is refused.
        refusal: why it is not to be read.
    """

    path: str
    ordinal: int
    size: int
    digest: str = ""
    refusal: DataError | None = None


class Archive:
    """Members of an archive, listed and then read in the same order.

    Listing reads everything once, so that an archive that is cut off, damaged or a bomb gives nothing at all. Reading
    in the listing's order unpacks it once more and no further than the last member that is asked for; nothing is
    unpacked to disk, and memory holds a member at most.

    Args:
        document: its external id, for messages and in front of its members' names in them.
        held: its bytes.
        kind: what `kind_of` says of its name.
        limits: what it may have.
    """

    def __init__(self, document: str, held: HeldFile, kind: str, limits: Limits) -> None:
        self._document = document
        self._held = held
        self._kind = kind
        self._limits = limits
        self._walk: Iterator[Found] = iter(())
        self._next = -1

    def members(self, max_bytes: Callable[[str], int]) -> list[Member]:
        """Return its files, hidden and unfinished ones left out; of two with one name the later, as unpacking has it.

        Args:
            max_bytes: how large a member of this path may be.

        Raises:
            DataError: it is cut off, damaged, encrypted, or unpacks to too much.
        """
        found: dict[str, Member] = {}
        unpacked = 0
        for ordinal, each in enumerate(self._walked()):
            path = member_path(each.name)
            if not path or any(passed_over(name) for name in path.split("/")):
                continue
            member = self._listed(each, ordinal, path, max_bytes(path), unpacked)
            unpacked += member.size
            found.pop(path, None)
            found[path] = member
        return list(found.values())

    def open(self, member: Member) -> BinaryIO:
        """Return the member's bytes as a stream, which ends when another member is opened.

        Raises:
            SourceUnavailable: the archive was written to meanwhile.
        """
        if member.ordinal < self._next or self._next < 0:
            self._walk, self._next = self._walked(), 0
        try:
            for found in self._walk:
                self._next += 1
                if self._next > member.ordinal:
                    return found.open()
        except DataError as error:
            raise self._changed() from error
        raise self._changed()

    def read(self, member: Member) -> bytes:
        """Return the member's bytes.

        Raises:
            DataError: it is refused.
            SourceUnavailable: the archive was written to meanwhile.
        """
        if member.refusal:
            raise member.refusal
        try:
            with self.open(member) as stream:
                data = stream.read(member.size + 1)
        except (*ZIP_TROUBLE, *TAR_TROUBLE) as error:
            raise self._changed() from error
        if _hasher(data).hexdigest() != member.digest:
            raise self._changed()
        return data

    def another(self) -> "Archive":
        """Return the same archive with a reading position of its own."""
        return Archive(self._document, self._held, self._kind, self._limits)

    def _walked(self) -> Iterator[Found]:
        reader = self._held.reader()
        if self._kind == "zip":
            return walk_zip(reader, self._document, self._limits)
        if self._kind in ("gz", "xz", "bz2"):
            return walk_single(reader, self._kind, self._document.rsplit("/", 1)[-1])
        return walk_tar(reader, self._kind.removeprefix("tar").removeprefix("."), self._document, self._limits)

    def _listed(self, found: Found, ordinal: int, path: str, max_bytes: int, unpacked: int) -> Member:
        document = f"{self._document}/{path}"
        check, got, next_step = found.refusal
        if not check and kind_of(path):
            check, got, next_step = "nested-archive", "an archive inside an archive", "put it beside the outer one"
        if check:
            error = DataError(f"document {document}: not read", expected="a file", got=got, next_step=next_step)
            return Member(path, ordinal, 0, refusal=error.named(check))
        if found.size > max_bytes:
            return Member(path, ordinal, 0, refusal=too_large(document, found.size, max_bytes))
        try:
            with found.open() as stream:
                member = self._digested(stream, found.size, ordinal, path, unpacked)
        except (*ZIP_TROUBLE, *TAR_TROUBLE) as error:
            if self._kind != "zip":
                raise damaged(self._document, f"{type(error).__name__}: {error}") from error
            return Member(path, ordinal, 0, refusal=damaged(document, f"{type(error).__name__}: {error}"))
        return (
            replace(member, refusal=too_large(document, member.size, max_bytes)) if member.size > max_bytes else member
        )

    def _digested(self, stream: BinaryIO, promised: int, ordinal: int, path: str, unpacked: int) -> Member:
        hasher = _hasher()
        size = 0
        while part := stream.read(CHUNK):
            hasher.update(part)
            size += len(part)
            self._limits.require(self._document, unpacked + size, self._held.size)
        if promised not in (size, UNKNOWN):
            document = f"{self._document}/{path}"
            return Member(path, ordinal, size, refusal=cut_short(document, promised, size))
        return Member(path, ordinal, size, hasher.hexdigest())

    def _changed(self) -> SourceUnavailable:
        return SourceUnavailable(
            f"archive {self._document}: was written to while it was read",
            expected="the bytes that were listed",
            got="others",
            next_step="put archives in place by renaming a finished file; the next run takes everything in",
        )


def _hasher(data: bytes = b"") -> "hashlib.blake2b":
    return hashlib.blake2b(data, digest_size=16)
