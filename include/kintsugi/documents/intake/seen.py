"""What one listing of a source has named, on disk: told twice or not, gone or not, and in the order of ids."""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

_FILE = "seen.sqlite"
_PAGE = 500


class Seen:
    """The ids of a listing, however many. One process writes it; it is complete once it is closed.

    Killed before, it is as good as not there: the claim that follows begins with a new folder.
    """

    def __init__(self, folder: Path) -> None:
        self._at = sqlite3.connect(folder / _FILE, isolation_level=None)
        self._at.execute("PRAGMA journal_mode = OFF")
        self._at.execute("PRAGMA synchronous = OFF")
        self._at.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, number INTEGER, gone INTEGER, mark TEXT) WITHOUT ROWID"
        )
        self._at.execute("BEGIN")
        self._number = 0
        self.repeated = 0

    def first(self, document: str) -> bool:
        """Note a document of a complete listing; return whether it was not named before."""
        self._number += 1
        noted = self._at.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, 0, '')", (document, self._number)).rowcount
        self.repeated += not noted
        return noted > 0

    def latest(self, document: str, *, gone: bool = False) -> int:
        """Note a change of a document, in place of one that came before; return the number of this one."""
        self._number += 1
        known = self._at.execute("SELECT 1 FROM seen WHERE id = ?", (document,)).fetchone()
        self.repeated += known is not None
        self._at.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, '')", (document, self._number, int(gone)))
        return self._number

    def forget(self, document: str) -> None:
        """Take back that the source has this document."""
        self._at.execute("DELETE FROM seen WHERE id = ?", (document,))

    def mark(self, document: str, mark: str) -> None:
        """Keep what tells this document from another of the same name."""
        self._at.execute("UPDATE seen SET mark = ? WHERE id = ?", (mark, document))

    def mark_of(self, document: str) -> str:
        """Return what `mark` kept; "" when it kept nothing."""
        found = self._at.execute("SELECT mark FROM seen WHERE id = ?", (document,)).fetchone()
        return str(found[0]) if found else ""

    def is_latest(self, document: str, number: int) -> bool:
        """Return whether nothing came after this change."""
        found = self._at.execute("SELECT number, gone FROM seen WHERE id = ?", (document,)).fetchone()
        return bool(found == (number, 0))

    def close(self) -> None:
        """Write what is not written yet."""
        self._at.execute("COMMIT")
        self._at.close()


def seen_ids(folder: Path) -> Iterator[str]:
    """Yield the ids of what is there, in order."""
    return _ids(folder, gone=False)


def gone_ids(folder: Path) -> Iterator[str]:
    """Yield the ids of what the source said is gone, in order."""
    return _ids(folder, gone=True)


def seen_among(folder: Path, ids: Collection[str]) -> set[str]:
    """Return those of the ids that are there."""
    wanted = list(ids)
    found: set[str] = set()
    with _reading(folder) as at:
        for start in range(0, len(wanted), _PAGE):
            page = wanted[start : start + _PAGE]
            marks = ", ".join("?" * len(page))
            found |= {each for (each,) in at.execute(f"SELECT id FROM seen WHERE gone = 0 AND id IN ({marks})", page)}
    at.close()
    return found


def _ids(folder: Path, *, gone: bool) -> Iterator[str]:
    at = _reading(folder)
    try:
        for (each,) in at.execute("SELECT id FROM seen WHERE gone = ? ORDER BY id", (int(gone),)):
            yield each
    finally:
        at.close()


def _reading(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{(folder / _FILE).absolute().as_uri()}?mode=ro&immutable=1", uri=True)
