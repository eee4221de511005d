"""A connection for each thread of each process."""

import os
import sqlite3
import threading
import time
import weakref
from pathlib import Path

from kintsugi.errors import StoreUnavailable, TerminalError
from kintsugi.records import Record
from kintsugi.stores.sqlite.errors import translated
from kintsugi.stores.sqlite.schema import prepare

BUSY_SECONDS = 30.0
CACHE_KIB = 32_768
_WAL_TRIES = 100
_WAL_PAUSE = 0.1


class _Connection(sqlite3.Connection):
    """A connection that can be referred to weakly, so that it closes with the thread that opened it."""


class Connections:
    """Hands out the calling thread's connection and opens it when there is none.

    A forked child never touches what its parent opened (SQLite forbids it, closing included): it opens its own and
    leaves the inherited ones alone.
    """

    def __init__(self, path: Path, patience: float = BUSY_SECONDS) -> None:
        self._path = path
        self._patience = patience
        self._reset()
        self._inherited: list[object] = []
        self._closed = False

    def _reset(self) -> None:
        self._process = os.getpid()
        self._local = threading.local()
        self._opened: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._prepared: set[type[Record]] = set()

    def ready_for(self, kind: type[Record]) -> sqlite3.Connection:
        """Return this thread's connection, with the table of the class in the shape that it asks for."""
        connection = self.open()
        if kind not in self._prepared:
            prepare(connection, kind)
            self._prepared.add(kind)
        return connection

    def open(self) -> sqlite3.Connection:
        """Return this thread's connection.

        Raises:
            TerminalError: the store was closed.
        """
        if self._closed:
            raise TerminalError(f"record store {self._path}: used after close", next_step="open the platform again")
        if self._process != os.getpid():
            self._inherited += [self._local, *self._opened]
            self._reset()
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            self._opened.add(connection)
        return connection

    def close(self) -> None:
        """Close this process's connections."""
        self._closed = True
        if self._process == os.getpid():
            for connection in list(self._opened):
                connection.close()

    def _connect(self) -> _Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"record store {self._path}: its folder can't be made",
                got=str(error),
                next_step=f"free space for, or give access to, {self._path.parent}",
            ) from error
        with translated(self._path, "open"):
            connection = sqlite3.connect(
                self._path, timeout=self._patience, isolation_level=None, check_same_thread=False, factory=_Connection
            )
            try:
                _write_ahead(connection)
                # FULL, not NORMAL: in WAL mode NORMAL may lose the last commits with the power, and a write of the
                # truth (a lease, a budget, a pointer) is promised to be durable when the method returns.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            except BaseException:
                connection.close()
                raise
            return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL; SQLite doesn't wait for its busy time-out here, so processes that start at once do."""
    for attempt in range(_WAL_TRIES):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                return
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == _WAL_TRIES - 1:
                raise
            time.sleep(_WAL_PAUSE)
