"""What SQLite raises, as the platform's own errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kintsugi.errors import DataError, KintsugiError, StoreUnavailable, TerminalError

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_SPACE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_PRIMARY_CODE = 0xFF


@contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Raise what SQLite raises inside the block as one of `kintsugi.errors`; ``doing`` says what was tried."""
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, path, doing) from error
    except UnicodeEncodeError as error:
        raise DataError(
            f"record store {path}: {doing}",
            expected="text that can be written as UTF-8",
            got=str(error),
            next_step="quarantine the item; decode its source anew",
        ).named("unicode") from error


def explained(error: sqlite3.Error, path: Path, doing: str) -> KintsugiError:
    """Return the platform's error for one of SQLite's; the class is decided by SQLite's result code alone."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & _PRIMARY_CODE
    what, got = f"record store {path}: {doing}", f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if primary in _BUSY:
        return StoreUnavailable(
            what,
            expected="a free write lock",
            got=got,
            next_step="it passes once the other writer is done; if not, look for a process stuck in a transaction",
        )
    if primary in _NO_SPACE:
        return StoreUnavailable(
            what,
            expected=f"room to write in {path.parent}",
            got=got,
            next_step=f"free space on the file system that holds {path.parent}; nothing of the write was kept",
        )
    if primary == sqlite3.SQLITE_CANTOPEN:
        return StoreUnavailable(
            what,
            expected="a folder that can be written to",
            got=got,
            next_step=f"check that {path.parent} exists, is mounted, and belongs to this user",
        )
    if primary in _DAMAGED:
        return TerminalError(
            what,
            expected="a readable SQLite database",
            got=got,
            next_step=f"move {path.name} aside and restore it from a copy, or ingest the sources again",
        )
    if primary == sqlite3.SQLITE_TOOBIG:
        return DataError(
            what, expected="a record below SQLite's limit of 1 GB", got=got, next_step="quarantine the item"
        ).named("size")
    if primary in _FORBIDDEN:
        return TerminalError(
            what,
            expected="permission to write",
            got=got,
            next_step=f"give this user write access to {path} and its folder",
        )
    return TerminalError(what, got=got, next_step="report it with this message")
