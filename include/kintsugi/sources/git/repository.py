"""A repository as it is read: its objects, and the commit that a revision means now."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi.errors import AGAIN, DataError, KintsugiError, SourceUnavailable
from kintsugi.sources.git.address import Address
from kintsugi.sources.git.clone import Clone
from kintsugi.sources.git.commit import COMMIT, Commit, commit_of
from kintsugi.sources.git.object_size import memory_to_read
from kintsugi.sources.git.revision import is_whole_name, named_commit
from kintsugi.sources.sizes import too_large

if TYPE_CHECKING:
    from dulwich.objects import Tree
    from dulwich.repo import Repo


class Repository:
    """Reads one repository; a folder's directly, a remote one's from its clone.

    Args:
        source: the source's name, for messages.
        address: where it is.
        clone: the clone of a remote repository.
        revision: branch, tag or commit.
    """

    def __init__(self, source: str, address: Address, revision: str, clone: Clone | None = None) -> None:
        self.source = source
        self.shown = address.shown
        self._folder = address.folder
        self._clone = clone
        self._revision = revision
        self._open: Repo | None = None
        self._cut: frozenset[bytes] = frozenset()

    def check(self) -> None:
        """Return when the repository answers.

        Raises:
            SourceUnavailable: it does not.
            TerminalError: it refuses the login.
        """
        if self._clone is not None:
            self._clone.check()
        else:
            self._repo()

    def tip(self) -> bytes:
        """Fetch what is new and return the name of the revision's commit.

        Raises:
            SourceUnavailable: the repository can't be reached, or has no commit yet.
            TerminalError: it has no such revision, refuses the login, or is too large.
        """
        if self._clone is not None:
            commit = self._clone.fetched(self._revision)
            self._open = None  # another process may have made the clone anew
            return commit
        with self.errors():
            repo = self._repo()
            return named_commit(repo, self.source, self._revision, repo.get_refs())  # type: ignore[arg-type]

    def commit(self, name: bytes) -> Commit:
        """Return a commit.

        Raises:
            SourceUnavailable: the repository lacks it, or it is damaged.
        """
        from dulwich.objects import ObjectID

        with self.errors():
            kind, data = self._repo().object_store.get_raw(ObjectID(name))
            if kind != COMMIT:
                raise ValueError(f"{name.decode()} is no commit")
            return commit_of(name, data)

    def parents(self, commit: Commit) -> list[bytes]:
        """Return the names of a commit's parents; none where a shallow repository ends."""
        self._repo()
        return [] if commit.name in self._cut else list(commit.parents)

    def tree(self, name: bytes) -> "Tree":
        """Return a folder's entries.

        Raises:
            SourceUnavailable: the repository lacks it, or it is damaged.
        """
        from dulwich.objects import ObjectID, Tree

        with self.errors():
            found = self._repo().object_store[ObjectID(name)]
            if not isinstance(found, Tree):
                raise ValueError(f"{name.decode()} is a {found.type_name.decode()}, not a folder")
            return found

    def has_commit(self, name: bytes) -> bool:
        """Return whether the repository has a commit of this name."""
        from dulwich.objects import ObjectID

        if not is_whole_name(name):
            return False
        with self.errors():
            store = self._repo().object_store
            return ObjectID(name) in store and store.get_raw(ObjectID(name))[0] == COMMIT

    def content(self, blob: bytes, named: str, max_bytes: int) -> bytes:
        """Return a file's bytes.

        Raises:
            DataError: it is larger than ``max_bytes``, or can't be unpacked without reading something larger.
            SourceUnavailable: the repository lacks it, or it is damaged.
        """
        from dulwich.objects import Blob, ObjectID

        with self.errors():
            store = self._repo().object_store
            size = memory_to_read(store, blob)
            if size > max_bytes:
                raise too_large(named, size, max_bytes)
            kind, data = store.get_raw(ObjectID(blob))
            if kind != Blob.type_num:
                raise DataError(f"document {named}: not a file", expected="a file's content").named("regular-file")
            return data

    def store(self) -> "Repo":
        """Return the open repository."""
        return self._repo()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translate what reading a repository raises.

        Raises:
            SourceUnavailable: an object is missing or damaged.
        """
        import zlib

        from dulwich import errors

        try:
            yield
        except KintsugiError:
            raise
        except (
            errors.FileFormatException,
            errors.ChecksumMismatch,
            errors.ApplyDeltaError,
            errors.NotGitRepository,
            OSError,
            KeyError,
            ValueError,
            AssertionError,
            zlib.error,
        ) as error:
            raise SourceUnavailable(
                f"source {self.source}: {self.shown} can't be read",
                expected="a whole git repository",
                got=f"{type(error).__name__}: {error}"[:300],
                next_step=f"`git fsck` there says what is wrong with it; then {AGAIN}",
            ) from error

    def _repo(self) -> "Repo":
        if self._open is None:
            with self.errors():
                from dulwich.repo import Repo

                self._open = Repo(str(self._place))
                self._cut = frozenset(bytes(each) for each in self._open.get_shallow())
                weakref.finalize(self, partial(self._open.close))
        return self._open

    @property
    def _place(self) -> Path:
        if self._folder is not None:
            return self._folder
        if self._clone is None:
            raise ValueError("neither a folder nor a clone")
        return self._clone.path
