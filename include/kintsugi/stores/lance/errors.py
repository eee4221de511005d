"""What LanceDB raises, as the platform's own errors.

LanceDB raises `ValueError`, `RuntimeError` and `OSError` for everything, so the text decides; this is the only place
that reads it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kintsugi.errors import AGAIN, ConflictError, KintsugiError, StoreUnavailable, TerminalError

_NO_ROOM = ("no space left", "quota exceeded", "file too large")
_SOURCE_LINE = re.compile(r",? \S*/\.cargo/\S+")


@contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Raise what LanceDB raises inside the block as one of `kintsugi.errors`; ``doing`` says what was tried."""
    try:
        yield
    except (ValueError, RuntimeError, OSError) as error:
        raise explained(error, path, doing) from error


def is_conflict(message: str) -> bool:
    """Return whether a message says that a commit lost against another writer's."""
    text = message.lower()
    return "conflict" in text or "too many concurrent writers" in text


def explained(error: Exception, path: Path, doing: str) -> KintsugiError:
    """Return the platform's error for one of LanceDB's."""
    text = _SOURCE_LINE.sub("", " ".join(str(error).split()))
    lower = text.replace(str(path).strip("/"), "").lower()
    what, got = f"search index {path}: {doing}", f"{type(error).__name__}: {text[:400]}"
    if any(sign in lower for sign in _NO_ROOM):
        return StoreUnavailable(
            what,
            expected=f"room to write in {path}",
            got=got,
            next_step=f"free space on the file system that holds {path}; nothing of the write was kept",
        )
    if "permission denied" in lower or "read-only file system" in lower:
        return TerminalError(
            what, expected="permission to read and write", got=got, next_step=f"give this user access to {path}"
        )
    if is_conflict(lower):
        return ConflictError(what, expected="no other writer", got=got, next_step=AGAIN)
    if "table" in lower and "was not found" in lower:
        return StoreUnavailable(
            what,
            expected="an index of that name",
            got="no table of that name",
            next_step="`kintsugi index rebuild` fills the served one anew from the records; where the index is on "
            "OpenSearch, set opensearch.url",
        )
    if "not found" in lower or "no such file" in lower:
        return StoreUnavailable(
            what,
            expected="the files of that index",
            got=got,
            next_step=f"{AGAIN}; if it stays, `kintsugi index rebuild` fills it anew from the records",
        )
    return TerminalError(
        what, got=got, next_step="`kintsugi index rebuild` fills it anew from the records; else report this message"
    )
