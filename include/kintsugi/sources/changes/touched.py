"""Which documents a stream has touched: each once, in a file of its own, however many there are."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from bson import decode, encode


class Touched:
    """A set of ``_id``; it lies on disk where it grows."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("CREATE TABLE touched (name TEXT PRIMARY KEY, id BLOB NOT NULL) WITHOUT ROWID")

    def add(self, name: str, id: Any) -> None:
        """Add a document under the name that it is known by."""
        self._database.execute("INSERT OR IGNORE INTO touched VALUES (?, ?)", (name, encode({"_id": id})))

    def pages(self, size: int) -> Iterator[dict[str, Any]]:
        """Yield ``size`` at a time, sorted by name: from name to ``_id``."""
        cursor = self._database.execute("SELECT name, id FROM touched ORDER BY name")
        while rows := cursor.fetchmany(size):
            yield {name: decode(id)["_id"] for name, id in rows}


@contextmanager
def touched() -> Iterator[Touched]:
    """Open an empty set; it is gone afterwards."""
    with closing(sqlite3.connect("")) as database:  # a temporary file that SQLite makes and removes by itself
        yield Touched(database)
