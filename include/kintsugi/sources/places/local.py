"""A folder or file of this machine."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.sources.naming import safe_name
from kintsugi.sources.places.place import Entry, passed_over
from kintsugi.sources.port import ItemVanished


class LocalPlace:
    """Files below ``root``, sorted by name within each folder; or the one file that ``root`` is.

    Links to folders are never followed and links to files only when they stay inside; whatever is not followed is an
    entry with a refusal, so that it is reported like everything else that is refused. No entry has a version: an edit
    can leave size and times as they were (a copy that keeps times, two edits within a tick of the clock), so the bytes
    themselves decide.

    Args:
        source: the source's name, for messages.
        root: folder or file; it need not exist yet.
    """

    def __init__(self, source: str, root: Path) -> None:
        self._source = source
        self._root = root

    def check(self) -> None:
        """Raise `SourceUnavailable` when the root can't be listed or read."""
        try:
            if self._root.is_dir():
                next(os.scandir(self._root), None)
            else:
                self._root.stat()
        except OSError as error:
            raise self._unavailable(self._root, error) from error

    def exists(self) -> bool:
        """Return whether the root is there."""
        return self._root.exists()

    def entries(self) -> Iterator[Entry]:
        """Yield every file below the root.

        Raises:
            SourceUnavailable: the root, or a folder in it that still exists, can't be listed.
        """
        self.check()
        if not self._root.is_dir():
            yield self._entry(self._root, safe_name(self._root.name), link=False)
            return
        yield from self._below(self._root, "")
        self.check()

    def entry(self, path: str) -> Entry | None:
        """Return the file of this path; ``None`` when there is none that a listing would show."""
        if not self._root.is_dir():
            alone = path == safe_name(self._root.name) and self._root.exists()
            return self._entry(self._root, path, link=False) if alone else None
        names = [unquote(name, errors="surrogateescape") for name in path.split("/")]
        if any(not name or passed_over(name) or "/" in name or "\0" in name for name in names):
            return None
        folder = self._root
        for name in names[:-1]:
            folder = folder / name
            if folder.is_symlink() or not folder.is_dir():
                return None
        file = folder / names[-1]
        if not os.path.lexists(file) or (file.is_dir() and not file.is_symlink()):
            return None
        return self._entry(file, path, link=file.is_symlink())

    def _below(self, folder: Path, at: str) -> Iterator[Entry]:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except FileNotFoundError as error:
            if not self._root.exists():
                raise self._unavailable(self._root, error) from error
            return
        except OSError as error:
            raise self._unavailable(folder, error) from error
        for entry in entries:
            if passed_over(entry.name):
                continue
            path = folder / entry.name
            relative = f"{at}{safe_name(entry.name)}"
            link = entry.is_symlink()
            if not link and entry.is_dir(follow_symlinks=False):
                yield from self._below(path, f"{relative}/")
            else:
                yield self._entry(path, relative, link=link)

    def _entry(self, path: Path, relative: str, *, link: bool) -> Entry:
        return Entry(
            path=relative,
            locator=path.absolute().as_uri(),
            opened=partial(opened, path),
            refusal=self._why_not_followed(path, relative) if link else None,
        )

    def _why_not_followed(self, path: Path, relative: str) -> DataError | None:
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return _link_refused(relative, "a link that leads nowhere or round in a circle")
        if target.is_dir():
            return _link_refused(relative, "a link to a folder")
        if not target.is_relative_to(self._root.resolve()):
            return _link_refused(relative, "a link that leaves the source's folder")
        return None

    def _unavailable(self, path: Path, error: OSError) -> SourceUnavailable:
        return SourceUnavailable(
            f"source {self._source}: {safe_name(str(path))} can't be listed",
            expected="a folder or file that this process may read",
            got=error.strerror or type(error).__name__,
            next_step="create the folder or mend its permissions; the next run takes everything in",
        )


@contextmanager
def opened(path: Path, document: str) -> Iterator[BinaryIO]:
    """Open a regular file.

    Raises:
        ItemVanished: the file is gone.
        DataError: it is not a regular file (a pipe would hang), or can't be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DataError(
                f"document {document}: not a regular file",
                expected="a file with content",
                got=stat.filemode(status.st_mode),
                next_step="remove it from the folder",
            ).named("regular-file")
        with path.open("rb") as file:
            yield file
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ItemVanished(f"document {document}: was listed and is gone") from error
    except OSError as error:
        raise DataError(
            f"document {document}: can't be read",
            expected="a file that this process may read",
            got=error.strerror or type(error).__name__,
            next_step="mend its permissions, or the disk; the next run takes it in",
        ).named("readable") from error


def _link_refused(relative: str, got: str) -> DataError:
    return DataError(
        f"document {relative}: not followed",
        expected="a file, or a link to a file inside the source's folder",
        got=got,
        next_step="put the file itself there",
    ).named("link")
