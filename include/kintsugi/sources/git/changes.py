"""What a commit changed: files, counted lines, and the beginning of the difference."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING

from kintsugi.errors import DataError
from kintsugi.sources.git.commit import Commit
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.naming import safe_name

if TYPE_CHECKING:
    from dulwich.diff_tree import TreeChange

MAX_FILES = 200
"""Files of a commit that are named; the others are counted."""

_MAX_COUNTED = 100_000
_MAX_COMPARED = 60
_MAX_BYTES = 200_000
_MAX_LINES = 4000
_CONTEXT = 2
_LONGEST_LINE = 240


@dataclass(frozen=True)
class FileChange:
    """One file that a commit changed.

    Attributes:
        path: safe to show.
        kind: added, modified, deleted, or what it is where that is no file: link, submodule.
        added, removed: lines; ``None`` where they were not counted, and ``note`` says why.
        difference: the lines of a unified difference, without its header.
    """

    path: str
    kind: str
    added: int | None = None
    removed: int | None = None
    difference: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Changes:
    """The files that are named, and how many more there are (`MAX_FILES` are named at most)."""

    files: tuple[FileChange, ...]
    more: int


def changes_of(repository: Repository, commit: Commit, parent: bytes | None) -> Changes:
    """Return what the commit changed against its parent, ``None`` for a first commit.

    Lines are compared in the first few files only and in none that is large or binary: a commit that touches everything
    costs no more than a large one.

    Raises:
        SourceUnavailable: an object is missing or damaged.
    """
    before = repository.commit(parent).tree if parent is not None else b""
    changed = _changed(repository, before, commit.tree)
    files = [
        _described(repository, each, compared=n < _MAX_COMPARED) for n, each in enumerate(islice(changed, MAX_FILES))
    ]
    return Changes(tuple(files), sum(1 for _ in islice(changed, _MAX_COUNTED)))


def _changed(repository: Repository, before: bytes, after: bytes) -> "Iterator[TreeChange]":
    from dulwich.diff_tree import tree_changes
    from dulwich.objects import ObjectID

    with repository.errors():
        old, new = (ObjectID(tree) if tree else None for tree in (before, after))
        yield from tree_changes(repository.store().object_store, old, new, change_type_same=True)


def _described(repository: Repository, change: "TreeChange", *, compared: bool) -> FileChange:
    old, new = change.old, change.new
    side = new if new is not None and new.path is not None else old
    path = safe_name((side.path or b"").decode("utf-8", "surrogateescape")) if side else ""
    kind = {"add": "added", "delete": "deleted"}.get(change.type, "modified")
    modes = [int(each.mode) for each in (old, new) if each is not None and each.mode]
    if any(not stat.S_ISREG(mode) for mode in modes):
        what = "link" if any(stat.S_ISLNK(mode) for mode in modes) else "submodule"
        return FileChange(path, kind, note=what)
    if not compared:
        return FileChange(path, kind, note="lines not counted")
    try:
        texts = [
            _lines(repository.content(bytes(each.sha), path, _MAX_BYTES)) if each is not None and each.sha else []
            for each in (old, new)
        ]
    except DataError:
        return FileChange(path, kind, note="large")
    before, after = texts
    if before is None or after is None:
        return FileChange(path, kind, note="binary")
    if max(len(before), len(after)) > _MAX_LINES:
        return FileChange(path, kind, note="long")
    return _compared(path, kind, before, after)


def _lines(data: bytes) -> list[str] | None:
    if b"\0" in data[:8000]:
        return None
    return data.decode("utf-8", "replace").splitlines()


def _compared(path: str, kind: str, before: list[str], after: list[str]) -> FileChange:
    added = removed = 0
    shown: list[str] = []
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        shown.append(f"@@ line {group[0][3] + 1} @@")
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                shown += [f" {line[:_LONGEST_LINE]}" for line in before[i:i_end]]
                continue
            removed += i_end - i
            added += j_end - j
            shown += [f"-{line[:_LONGEST_LINE]}" for line in before[i:i_end]]
            shown += [f"+{line[:_LONGEST_LINE]}" for line in after[j:j_end]]
    return FileChange(path, kind, added, removed, () if kind == "deleted" else tuple(shown))
