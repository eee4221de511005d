"""The copy of a remote repository that lies on this machine: fetched once, then what is new."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kintsugi.documents.identity import digest
from kintsugi.errors import AGAIN, SourceUnavailable, TerminalError
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.git.commit import commit_of
from kintsugi.sources.git.received_pack import largest_object
from kintsugi.sources.git.remote import Remote
from kintsugi.sources.git.revision import commit_behind, is_commit_name, is_whole_name, named_commit, refs_of

if TYPE_CHECKING:
    from dulwich.object_store import ObjectStoreGraphWalker
    from dulwich.repo import Repo

PATIENCE = 600.0
"""Seconds to wait for another process that is fetching the same repository."""

MAX_OBJECT = 512_000_000
"""The largest object of a remote repository, in bytes; about what git itself still compares with others."""

_NOT_SHALLOW = "does not support shallow"
_KEPT = b"refs/heads/kept-"
_FETCHES = 2
_MAX_PACKS = 100


class _TooLarge(Exception):
    """What came is more than there is room for."""


@dataclass(frozen=True)
class Clone:
    """A bare clone of one address, shared by the sources that read it with the same login.

    Several processes may fetch: one at a time does, the others wait. Readers need no lock, because a fetch only adds.
    Where the history was rewritten often, what nothing leads to any more may fill the clone; it is then made anew, and
    a reader that is at work meanwhile may miss an object: its run fails with `SourceUnavailable` and is repeated.

    Attributes:
        source: for messages.
        url: ``https://…`` or ``http://…``, without a login.
        folder: where clones are kept.
        max_bytes: the most that the clone may take.
        credentials: login and password or token.
        whole: whether the history is wanted, too; else only the files of the latest commit are fetched.
        patience: seconds to wait for another process that is fetching.
    """

    source: str
    url: str
    folder: Path
    max_bytes: int
    credentials: Credentials | None = None
    whole: bool = True
    patience: float = PATIENCE

    @property
    def _remote(self) -> Remote:
        return Remote(self.source, self.url, self.credentials)

    @property
    def path(self) -> Path:
        """Where the clone lies once there is one."""
        login = self.credentials.login if self.credentials else ""
        return self.folder / f"{digest('git-clone', self.url, login, 'whole' if self.whole else 'latest')}.git"

    def check(self) -> None:
        """Ask the other side for its references.

        Raises:
            SourceUnavailable: it does not answer.
            TerminalError: it refuses the login, or knows no such repository.
        """
        with self._remote.errors():
            self._remote.client().get_refs(self._remote.path, protocol_version=0)

    def fetched(self, revision: str) -> bytes:
        """Bring the clone up to date with the revision and return the name of its commit.

        Raises:
            SourceUnavailable: the other side stopped answering, or another process fetches for longer than `patience`.
            TerminalError: a refused login, an unknown repository or revision, a repository that is too large.
        """
        from kintsugi.locks import held

        with held(self.path.with_suffix(".lock"), patience=self.patience) as mine:
            if not mine:
                raise SourceUnavailable(
                    f"source {self.source}: {self.url} is being fetched by another process",
                    expected=f"its end within {self.patience:g} s",
                    next_step=AGAIN,
                )
            self._sweep()
            for _ in range(_FETCHES):
                if not self.path.exists():
                    self._make()
                try:
                    return self._fetch_into(self.path, revision)
                except _TooLarge:
                    shutil.rmtree(self.path)
            raise TerminalError(
                f"source {self.source}: {self.url} is too large",
                expected=f"at most {self.max_bytes / 1e6:g} MB",
                next_step="raise the entry's `max_repository_mb`, or name a smaller branch as its `revision`",
            )

    def _sweep(self) -> None:
        """Remove what a killed fetch left, and a clone that can't be opened or is in too many pieces to be quick."""
        shutil.rmtree(self.path.with_suffix(".new"), ignore_errors=True)
        if not self.path.exists():
            return
        for left in (self.path / "objects").glob("tmp_pack_*"):
            left.unlink()
        packs = self.path / "objects" / "pack"
        for pack in packs.glob("*.pack"):
            if not pack.with_suffix(".idx").exists():
                pack.unlink()
        whole = (self.path / "HEAD").exists() and packs.is_dir()
        if not whole or sum(1 for _ in packs.glob("*.pack")) > _MAX_PACKS:
            shutil.rmtree(self.path)

    def _make(self) -> None:
        from dulwich.repo import Repo

        new = self.path.with_suffix(".new")
        Repo.init_bare(str(new), mkdir=True).close()
        new.rename(self.path)

    def _fetch_into(self, path: Path, revision: str) -> bytes:
        from dulwich.objects import ObjectID
        from dulwich.repo import Repo

        with self._remote.errors(), Repo(str(path)) as repo:
            if is_whole_name(revision.encode()) and ObjectID(revision.encode()) in repo.object_store:
                return named_commit(repo, self.source, revision, {})
            refs = self._receive(repo, revision, None if self.whole else 1)
            commit = named_commit(repo, self.source, revision, refs)
            _keep(repo, revision, commit, refs.values())
            return commit

    def _receive(self, repo: "Repo", revision: str, depth: int | None) -> dict[bytes, bytes]:
        """Fetch what the revision's references need, ``depth`` commits of each or all; return the references."""
        from dulwich.errors import GitProtocolError
        from dulwich.objects import ObjectID

        client = self._remote.client()
        chosen: dict[bytes, bytes] = {}

        def wanted(refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:
            if client.dumb:
                raise SourceUnavailable(
                    f"source {self.source}: {self.url} does not answer as a git server does",
                    expected="git's smart HTTP protocol",
                    next_step="look at the address in a browser: a login page or an error page answers 200, too",
                )
            chosen.update(refs_of(revision, refs))
            return [sha for sha in set(chosen.values()) if ObjectID(sha) not in repo.object_store]

        out, commit, abort = repo.object_store.add_pack()
        try:
            result = client.fetch_pack(
                self._remote.path,
                wanted,  # type: ignore[arg-type]
                _walker(repo),
                _bounded(out.write, self.max_bytes - _size_of(self.path)),
                depth=depth,
                protocol_version=0,
            )
            out.flush()
            self._require_modest(out)
            # before the pack: a fetch that is killed here leaves no commit that seems to have its parents at hand
            repo.update_shallow(result.new_shallow, result.new_unshallow)
        except GitProtocolError as error:
            abort()
            if depth is None or _NOT_SHALLOW not in str(error):
                raise
            return self._receive(repo, revision, None)
        except BaseException:
            abort()
            raise
        commit()
        return chosen

    def _require_modest(self, pack: BinaryIO) -> None:
        """Refuse what would not fit into memory: the index of a pack is made from its unpacked objects."""
        largest = largest_object(pack, MAX_OBJECT) if pack.tell() else 0
        if largest > MAX_OBJECT:
            raise TerminalError(
                f"source {self.source}: {self.url} holds a file that is too large",
                expected=f"at most {MAX_OBJECT / 1e6:g} MB each",
                got=f"{largest / 1e6:.0f} MB",
                next_step="name a branch without it as the entry's `revision`",
            )


def _bounded(write: Callable[[bytes], int], room: int) -> Callable[[bytes], int]:
    left = room

    def bounded(data: bytes) -> int:
        nonlocal left
        left -= len(data)
        if left < 0:
            raise _TooLarge
        return write(data)

    return bounded


def _size_of(path: Path) -> int:
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def _keep(repo: "Repo", revision: str, commit: bytes, fetched: Iterable[bytes]) -> None:
    """Remember what is here, so that the next fetch asks for what is new only."""
    from dulwich.refs import Ref

    repo.refs[Ref(_KEPT + digest(revision, size=8).encode())] = commit  # type: ignore[assignment]
    if not is_commit_name(revision):
        return
    for sha in sorted(set(fetched)):
        target = commit_behind(repo, sha)
        if target is not None:
            repo.refs[Ref(_KEPT + digest(sha, size=8).encode())] = target  # type: ignore[assignment]


def _walker(repo: "Repo") -> "ObjectStoreGraphWalker":
    """Return what tells the other side which commits are here; unlike dulwich's own, it takes odd commits as well."""
    from dulwich.object_store import ObjectStoreGraphWalker
    from dulwich.objects import ObjectID
    from dulwich.refs import Ref

    cut = repo.get_shallow()

    def parents(name: bytes) -> list[bytes]:
        return [] if name in cut else list(commit_of(name, repo.object_store.get_raw(ObjectID(name))[1]).parents)

    heads = [each for each in repo.refs.as_dict(Ref(b"refs/heads")).values() if each in repo.object_store]
    return ObjectStoreGraphWalker(heads, parents, shallow=cut, update_shallow=repo.update_shallow)  # type: ignore[arg-type]
