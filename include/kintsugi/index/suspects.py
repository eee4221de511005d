"""What looked wrong once: kept in the records between two looks, or for this process only."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from kintsugi.index.judging import BATCH, KINDS, Kind, batches
from kintsugi.records import Suspect
from kintsugi.stores.records import RecordStore

_PAGE = "SELECT id FROM suspect WHERE kind = ? AND id > ? ORDER BY id LIMIT ?"


class Suspects(Protocol):
    """Ids and how they are wrong. Pages may be dropped while they are walked through."""

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what was found before. Streams its input."""
        ...

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        ...

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


class HeldSuspects:
    """Suspects of this process alone, for a look that writes nothing to the records.

    They are in a database of SQLite without a name: a file that nobody else sees, which is gone with the process.
    Memory stays flat where very many are wrong.
    """

    def __init__(self) -> None:
        self._held = sqlite3.connect("")
        self._held.execute("CREATE TABLE suspect (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what was found before. Streams its input."""
        self.clear()
        self._held.executemany("INSERT OR IGNORE INTO suspect VALUES (?, ?)", found)

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        for kind in KINDS:
            last = ""
            while page := [row[0] for row in self._held.execute(_PAGE, (kind, last, BATCH))]:
                last = page[-1]
                yield kind, page

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        self._held.executemany("DELETE FROM suspect WHERE kind = ? AND id = ?", ((kind, id) for id in ids))

    def clear(self) -> None:
        """Forget everything."""
        self._held.execute("DELETE FROM suspect")


class StoredSuspects:
    """Suspects as records, so that the next step may be another process, however many there are.

    What a killed run left is judged again by the next one, and forgotten where it is right by then.
    """

    def __init__(self, records: RecordStore, generation: str) -> None:
        self._records = records
        self._targets: dict[Kind, str] = {kind: f"reconcile/{generation}/{kind}" for kind in KINDS}

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what an earlier look found."""
        now = self._records.now()
        self._records.put(
            Suspect(id=_key(target, id), target=target, item=id, first_seen=now)
            for kind, id in found
            for target in (self._targets[kind],)
        )
        for target in self._targets.values():
            earlier = (each.id for each in self._records.scan(Suspect, {"target": target}) if each.first_seen < now)
            for page in batches(earlier):
                self._records.delete(Suspect, page)

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        for kind, target in self._targets.items():
            for page in batches(each.item for each in self._records.scan(Suspect, {"target": target})):
                yield kind, page

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        self._records.delete(Suspect, [_key(self._targets[kind], id) for id in ids])

    def clear(self) -> None:
        """Forget everything."""
        for kind, page in self.pages():
            self.drop(kind, page)


def _key(target: str, item: str) -> str:
    return f"{target}/{item}"
