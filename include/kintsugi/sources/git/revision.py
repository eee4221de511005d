"""Which commit a revision means: a branch, a tag, or a commit's name."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.sources.git.commit import COMMIT, TAG, target_of

if TYPE_CHECKING:
    from dulwich.repo import Repo

_NAME = re.compile(rb"[0-9a-f]{40}")
_SHORT = re.compile(rb"[0-9a-f]{7,39}")
_MOST_TAGS = 100
_BRANCHES, _TAGS = b"refs/heads/", b"refs/tags/"


def is_commit_name(revision: str) -> bool:
    """Return whether the revision may be a commit's name, whole or shortened."""
    return bool(_NAME.fullmatch(revision.encode()) or _SHORT.fullmatch(revision.encode()))


def is_whole_name(name: bytes) -> bool:
    """Return whether these are the 40 hexadecimal digits of an object's name."""
    return bool(_NAME.fullmatch(name))


def refs_of(revision: str, refs: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the references that have to be at hand to find the revision: itself, or all where it may be a commit."""
    name = _ref_named(revision, refs)
    if name is not None:
        return {name: refs[name]}
    if is_commit_name(revision):
        return {each: sha for each, sha in refs.items() if each.startswith((_BRANCHES, _TAGS))}
    return {}


def commit_behind(repo: "Repo", name: bytes) -> bytes | None:
    """Return the commit that a tag is on, or that ``name`` is itself; ``None`` where it is something else."""
    from dulwich.objects import ObjectID

    for _ in range(_MOST_TAGS):
        kind, data = repo.object_store.get_raw(ObjectID(name))
        if kind == COMMIT:
            return name
        if kind != TAG:
            return None
        name = target_of(data)
    return None


def named_commit(repo: "Repo", source: str, revision: str, refs: Mapping[bytes, bytes]) -> bytes:
    """Return the name, in 40 hexadecimal digits, of the commit that the revision means; a reference's name wins.

    Raises:
        SourceUnavailable: the repository has no commit yet.
        TerminalError: it has no such revision.
    """
    from dulwich.objects import ObjectID

    ref = _ref_named(revision, refs)
    if ref is not None:
        return _commit(repo, source, revision, refs[ref])
    name = revision.encode()
    found: list[bytes] = []
    if is_whole_name(name):
        found = [name] if ObjectID(name) in repo.object_store else []
    elif _SHORT.fullmatch(name):
        found = [sha for sha in set(repo.object_store.iter_prefix(name)) if commit_behind(repo, sha) == sha]
    if len(found) == 1:
        return _commit(repo, source, revision, found[0])
    if not found and revision == "HEAD":
        raise SourceUnavailable(
            f"source {source}: the repository has no commit at HEAD",
            expected="at least one commit",
            next_step="push one, or set the entry's `revision` to a branch that has some",
        )
    raise _unknown(source, revision, f"{len(found)} commits of that beginning" if found else "none")


def _ref_named(revision: str, refs: Mapping[bytes, bytes]) -> bytes | None:
    names = (prefix + revision.encode() for prefix in (b"", b"refs/", _BRANCHES, _TAGS))
    return next((name for name in names if name in refs), None)


def _commit(repo: "Repo", source: str, revision: str, sha: bytes) -> bytes:
    found = commit_behind(repo, sha)
    if found is None:
        raise _unknown(source, revision, "a tag on something else")
    return found


def _unknown(source: str, revision: str, got: str) -> TerminalError:
    return TerminalError(
        f"source {source}: no revision {revision!r} in the repository",
        expected="a branch, a tag or a commit's name",
        got=got,
        next_step="correct the entry's `revision`",
    )
