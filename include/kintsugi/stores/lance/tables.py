"""Open tables: kept for their caches, opened anew when somebody replaced them, never used across a fork."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi import locks
from kintsugi.errors import StoreUnavailable, TerminalError
from kintsugi.stores.lance.errors import translated
from kintsugi.stores.lance.rows import VECTOR
from kintsugi.stores.search import INDEX_NAME, is_index_name

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import Table

LOCKS = ".locks"
WRITER_PATIENCE = 120.0
"""Seconds that a writer waits for its turn: longer than the largest compaction measured."""


class Tables:
    """The tables in one folder, as this process sees them. Each read looks for what others have written."""

    def __init__(self, path: Path, patience: float = WRITER_PATIENCE) -> None:
        self._path = path
        self._patience = patience
        self._process = 0
        self._closed = False
        self._opening = threading.Lock()
        self._connection: DBConnection | None = None
        self._tables: dict[str, Table] = {}

    @property
    def connection(self) -> "DBConnection":
        """The connection of this process."""
        if self._closed:
            raise TerminalError(f"search index {self._path}: used after close", next_step="open the platform again")
        if self._process not in (0, os.getpid()):
            raise TerminalError(
                f"search index {self._path}: used before a fork and after it",
                expected="one process, since the engine's threads don't survive a fork",
                got=f"opened in process {self._process}, used in {os.getpid()}",
                next_step="open the platform after the fork, or start the child with a new interpreter",
            )
        with self._opening:  # both legs of a search may be the first to come
            if self._connection is None:
                import lancedb

                with translated(self._path, "open"):
                    self._path.mkdir(parents=True, exist_ok=True)
                    self._connection = lancedb.connect(str(self._path), read_consistency_interval=timedelta(0))
                self._process = os.getpid()
            return self._connection

    def open(self, name: str) -> "Table":
        """Return the table.

        Raises:
            StoreUnavailable: there is none of that name.
        """
        connection = self.connection
        self._require_name(name)
        table = self._tables.get(name)
        if table is None:
            with translated(self._path, f"open index {name}"):
                self._tables[name] = table = connection.open_table(name)
        return table

    @contextmanager
    def reading(self, name: str, doing: str) -> "Iterator[Table]":
        """Give the table to the block; a table that fails is opened anew the next time."""
        table = self.open(name)
        try:
            with translated(self._path, f"{doing} {name}"):
                yield table
        except (StoreUnavailable, TerminalError):
            self.forget(name)
            raise

    @contextmanager
    def writing(self, name: str, doing: str) -> "Iterator[Table]":
        """Give the table to the block as its only writer.

        LanceDB lets two writers insert the same new id side by side, so writers of one index take turns.
        """
        with self.turn(name), self.reading(name, doing) as table:
            yield table

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Hold the writers' lock of an index.

        Raises:
            StoreUnavailable: another writer held it all the time.
        """
        file = self.lock_file(name)
        _ = self.connection  # before the wait: nobody waits while this process imports LanceDB
        with locks.turn(file, patience=self._patience) as mine:
            if not mine:
                raise StoreUnavailable(
                    f"search index {self._path}: no turn to write {name}",
                    expected=f"the lock {file.name} within {self._patience:g} s",
                    got="another process held it all the time",
                    next_step=f"it passes once the writer is done; `fuser {file}` names the process",
                )
            yield

    def lock_file(self, name: str, purpose: str = "write") -> Path:
        """Return the file that is locked for a purpose."""
        self._require_name(name)
        return self._path / LOCKS / f"{name}.{purpose}"

    def _require_name(self, name: str) -> None:
        if not is_index_name(name):
            raise StoreUnavailable(
                f"search index {self._path}: open index {name!r}",
                expected=f"the name of an index ({INDEX_NAME})",
                got=repr(name),
                next_step="list the indexes that exist; correct the caller",
            )

    def dimension(self, name: str) -> int:
        """Return the length of the vectors in the table."""
        with self.reading(name, "read the schema of") as table:
            return int(table.schema.field(VECTOR).type.list_size)

    def forget(self, name: str) -> None:
        """Open the table anew the next time."""
        self._tables.pop(name, None)

    def close(self) -> None:
        """Let go of everything."""
        self._closed = True
        self._tables, self._connection = {}, None
