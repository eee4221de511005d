"""What a delivery only says again about how runs ended: kept while it is read, however long it is."""

import sqlite3
from dataclasses import replace
from math import inf

from autorefine.outcome import Outcome


class Repeated:
    """When known outcomes were told again, later: a file to which a line was added tells all that it held before.

    Nothing is stored for such a word, unless a run of the delivery contradicts itself. But of two different words the
    later one holds, so its time counts as long as others of the same delivery may differ. The times are in a temporary
    file that SQLite keeps outside memory.
    """

    def __init__(self) -> None:
        self._spill = sqlite3.connect("")
        self._spill.execute("CREATE TABLE repeated (id TEXT PRIMARY KEY, at REAL) WITHOUT ROWID")

    def note(self, id: str, outcome: Outcome) -> None:
        """Remember when the known outcome of this run was told again."""
        self._spill.execute("INSERT OR REPLACE INTO repeated VALUES (?, ?)", (id, outcome.at))

    def latest(self, id: str, stored: Outcome) -> Outcome:
        """Return the stored outcome with the latest time at which it was told."""
        row = self._spill.execute("SELECT at FROM repeated WHERE id = ?", (id,)).fetchone()
        return replace(stored, at=row[0]) if row and row[0] > (-inf if stored.at is None else stored.at) else stored

    def close(self) -> None:
        """Remove the temporary file."""
        self._spill.close()
