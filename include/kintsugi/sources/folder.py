"""A folder (or a single file) as a source: each file is an item, a listing is a snapshot."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.records import Labels
from kintsugi.sources.media import media_type_of
from kintsugi.sources.naming import safe_name
from kintsugi.sources.port import ItemVanished, RawItem

PARTITION = "all"
_UNFINISHED = ("~", ".part", ".partial", ".crdownload", ".swp", ".swx", ".tmp")


class FolderSource:
    """Files below ``root`` in a fixed order; one partition, ``all``.

    Hidden and unfinished files (``.git``, ``~``, ``.part``, ``.swp`` …) are passed over. Links to folders are never
    followed and links to files only when they stay inside; whatever is not followed is handed over as an item that
    can't be read, so that it is reported like everything else that is refused.

    Args:
        name: the source's name.
        root: folder or file; it need not exist yet.
        labels: labels of every document.
        max_bytes: larger files are refused without being read.
        prefix: put before each external id, so that several roots can share a source.
    """

    contract = "documents"
    complete = True

    def __init__(self, name: str, root: Path, labels: Labels, *, max_bytes: int, prefix: str = "") -> None:
        self.name = name
        self._root = Path(root)
        self._labels = labels
        self._max_bytes = max_bytes
        self._prefix = prefix

    def check(self) -> None:
        """Raise `SourceUnavailable` when the root can't be listed or read."""
        try:
            if self._root.is_dir():
                next(os.scandir(self._root), None)
            else:
                self._root.stat()
        except OSError as error:
            raise self._unavailable(self._root, error) from error

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the root is there: a folder is complete whenever it is looked at."""
        return self._root.exists()

    def items(self, partition: str = PARTITION) -> Iterator[RawItem]:
        """Yield every file below the root, sorted by name within each folder.

        Raises:
            SourceUnavailable: the root, or a folder in it that still exists, can't be listed.
        """
        self.check()
        if not self._root.is_dir():
            yield self._item(self._root, safe_name(self._root.name), None)
            return
        yield from self._below(self._root, "")
        self.check()

    def _below(self, folder: Path, at: str) -> Iterator[RawItem]:
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
            if entry.name.startswith(".") or entry.name.endswith(_UNFINISHED):
                continue
            path = folder / entry.name
            relative = f"{at}{safe_name(entry.name)}"
            if entry.is_symlink():
                yield self._item(path, relative, self._why_not_followed(path, relative))
            elif entry.is_dir(follow_symlinks=False):
                yield from self._below(path, f"{relative}/")
            else:
                yield self._item(path, relative, None)

    def _item(self, path: Path, relative: str, refusal: DataError | None) -> RawItem:
        external_id = self._prefix + relative
        return RawItem(
            external_id=external_id,
            media_type=media_type_of(path.name),
            locator=path.absolute().as_uri(),
            read=partial(_refuse, refusal) if refusal else partial(read_file, path, external_id, self._max_bytes),
            labels=self._labels,
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
            f"source {self.name}: {safe_name(str(path))} can't be listed",
            expected="a folder or file that this process may read",
            got=error.strerror or type(error).__name__,
            next_step="create the folder or mend its permissions; the next run takes everything in",
        )


def read_file(path: Path, external_id: str, max_bytes: int) -> bytes:
    """Return the bytes of a regular file of at most ``max_bytes``.

    Raises:
        ItemVanished: the file is gone.
        DataError: it is too large, not a regular file (a pipe would hang), or can't be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DataError(
                f"document {external_id}: not a regular file",
                expected="a file with content",
                got=stat.filemode(status.st_mode),
                next_step="remove it from the folder",
            ).named("regular-file")
        if status.st_size > max_bytes:
            raise too_large(external_id, status.st_size, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ItemVanished(f"document {external_id}: was listed and is gone") from error
    except OSError as error:
        raise DataError(
            f"document {external_id}: can't be read",
            expected="a file that this process may read",
            got=error.strerror or type(error).__name__,
            next_step="mend its permissions, or the disk; the next run takes it in",
        ).named("readable") from error
    if len(data) > max_bytes:
        raise too_large(external_id, len(data), max_bytes)
    return data


def too_large(external_id: str, size: int, max_bytes: int) -> DataError:
    """Return the error for an item above the size limit; sizes in bytes."""
    return DataError(
        f"document {external_id}: too large",
        expected=f"at most {max_bytes / 1e6:g} MB",
        got=f"{size / 1e6:.1f} MB",
        next_step="split it, or raise ingest.max_document_mb",
    ).named("size")


def _link_refused(relative: str, got: str) -> DataError:
    return DataError(
        f"document {relative}: not followed",
        expected="a file, or a link to a file inside the source's folder",
        got=got,
        next_step="put the file itself there",
    ).named("link")


def _refuse(error: DataError) -> bytes:
    raise error
