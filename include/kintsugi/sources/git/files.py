"""The files of a repository at a revision: one document a file."""

import stat
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote, unquote_to_bytes

from kintsugi.documents.identity import digest
from kintsugi.errors import DataError, SourceUnavailable, TerminalError
from kintsugi.records import Labels
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.media import media_type_of
from kintsugi.sources.naming import safe_name
from kintsugi.sources.partitions import WHOLE, is_over
from kintsugi.sources.places.selection import Selection
from kintsugi.sources.port import RawItem

MAX_FILES = 2_000_000
"""Entries that a listing looks at: a few crafted folders inside each other can stand for billions."""

_DEEPEST = 200
_SUBMODULE = 0o160000
_LFS = b"version https://git-lfs.github.com/spec/"
_LFS_LONGEST = 1024


class GitFiles:
    """The files that a filter takes, in git's own order; a file that did not change is not read.

    Submodules, links and pointers to large files kept elsewhere (Git LFS) are handed over as items that can't be read,
    so that they are reported like everything else that is refused.

    Args:
        name: the source's name.
        repository: where the files are.
        selection: which are taken, by their path from the repository's root.
        labels: labels of every document.
        max_bytes: larger files are refused without being read.
        under: only what lies below this folder; "" is the whole repository.
        max_files: a revision with more entries than this is refused.
    """

    contract = "documents"
    complete = True

    def __init__(
        self,
        name: str,
        repository: Repository,
        selection: Selection,
        labels: Labels,
        *,
        max_bytes: int,
        under: str = "",
        max_files: int = MAX_FILES,
    ) -> None:
        self.name = name
        self._repository = repository
        self._selection = selection
        self._under = [part for part in under.encode().split(b"/") if part not in (b"", b".")]
        self._labels = labels
        self._max_bytes = max_bytes
        self._max_files = max_files

    def check(self) -> None:
        """Raise `SourceUnavailable` when the repository does not answer."""
        self._repository.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return true: a revision is complete whenever it is looked at."""
        return is_over(self.name, "all", partition, now)

    def items(self, partition: str = WHOLE) -> Iterator[RawItem]:
        """Yield the files of the revision as it is now.

        Raises:
            SourceUnavailable: the repository can't be read, or the folder that the entry names is not in it.
            TerminalError: no such revision, or more entries than can be looked at.
        """
        tree = self._repository.commit(self._repository.tip()).tree
        for part in self._under:
            tree = self._folder_in(tree, part)
        for path, mode, sha in self._below(tree, b"".join(part + b"/" for part in self._under)):
            item = self._item(path, mode, sha)
            if item is not None:
                yield item

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the file of this id, or ``None`` when the revision does not have it."""
        path = unquote_to_bytes(external_id)
        tree = self._repository.commit(self._repository.tip()).tree
        *folders, last = path.split(b"/")
        for part in folders:
            entry = self._entry(tree, part)
            if entry is None or not stat.S_ISDIR(entry[0]):
                return None
            tree = entry[1]
        found = self._entry(tree, last)
        return self._item(path, *found) if found and not stat.S_ISDIR(found[0]) else None

    def _below(self, tree: bytes, at: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        """Yield path, mode and name of what lies below a folder; of folders only those that are not gone into."""
        levels = [(at, iter(self._repository.tree(tree).items()))]
        looked_at = 0
        while levels:
            at, entries = levels[-1]
            entry = next(entries, None)
            if entry is None:
                levels.pop()
                continue
            looked_at += 1
            if looked_at > self._max_files:
                raise TerminalError(
                    f"source {self.name}: {self._repository.shown} has more than {self._max_files:,} files",
                    next_step="name a folder as the entry's `path`",
                )
            path, mode, sha = at + bytes(entry.path or b""), int(entry.mode or 0), bytes(entry.sha or b"")
            if stat.S_ISDIR(mode) and len(levels) < _DEEPEST:
                levels.append((path + b"/", iter(self._repository.tree(sha).items())))
            else:
                yield path, mode, sha

    def _item(self, path: bytes, mode: int, sha: bytes) -> RawItem | None:
        name = path.decode("utf-8", "surrogateescape")
        if self._selection.excludes(name) or (_is_named(mode) and not self._selection.wants(name)):
            return None
        external_id = safe_name(name)
        refusal = _why_not(external_id, mode)
        return RawItem(
            external_id=external_id,
            media_type=media_type_of(name),
            locator=f"{self._repository.shown}#{quote(path)}",
            read=partial(_refuse, refusal) if refusal else partial(self._read, sha, external_id),
            labels=self._labels,
            raw_digest="" if refusal else digest("git-blob", sha),
        )

    def _read(self, sha: bytes, external_id: str) -> bytes:
        data = self._repository.content(sha, external_id, self._max_bytes)
        if len(data) <= _LFS_LONGEST and data.startswith(_LFS):
            raise DataError(
                f"document {external_id}: only a pointer is in the repository",
                expected="the file's content",
                got="a Git LFS pointer",
                next_step="keep the file in the repository itself, or add the place where it is kept as a source",
            ).named("lfs-pointer")
        return data

    def _folder_in(self, tree: bytes, name: bytes) -> bytes:
        entry = self._entry(tree, name)
        if entry is None or not stat.S_ISDIR(entry[0]):
            raise SourceUnavailable(
                f"source {self.name}: {self._repository.shown} has no folder {b'/'.join(self._under).decode()}",
                expected="a folder at the revision",
                next_step="correct the entry's `path`",
            )
        return entry[1]

    def _entry(self, tree: bytes, name: bytes) -> tuple[int, bytes] | None:
        try:
            mode, sha = self._repository.tree(tree)[name]
        except KeyError:
            return None
        return int(mode), bytes(sha)


def _is_named(mode: int) -> bool:
    """Return whether it is a file, or a link, for which the end of its name may say whether it is wanted."""
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _why_not(external_id: str, mode: int) -> DataError | None:
    """Return why an entry of a folder has no content to take."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_IFMT(mode) == _SUBMODULE:
        return DataError(
            f"document {external_id}: another repository",
            expected="files of this repository",
            got="a submodule",
            next_step="add that repository as a source of its own, or name the path in the entry's `exclude`",
        ).named("submodule")
    if stat.S_ISLNK(mode):
        return DataError(
            f"document {external_id}: not followed",
            expected="a file",
            got="a link",
            next_step="take the file that it leads to, or name the path in the entry's `exclude`",
        ).named("link")
    if stat.S_ISDIR(mode):
        return DataError(
            f"document {external_id[:200]}…: too deep",
            expected=f"at most {_DEEPEST} folders inside each other",
            next_step="name the path in the entry's `exclude`",
        ).named("depth")
    return DataError(
        f"document {external_id}: neither a file nor a folder", expected="a file", got=f"mode {mode:o}"
    ).named("regular-file")


def _refuse(error: DataError) -> bytes:
    raise error
