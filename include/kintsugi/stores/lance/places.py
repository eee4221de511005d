"""Where the entries that a search found lie, so that reading them needs no search of its own."""

from collections.abc import Iterable

MOST = 4096
"""Entries whose place is remembered: those of the last few searches."""


class Places:
    """Row ids of entries found a moment ago, by table and id. A hint: a row that moved or went is no longer there."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], int] = {}

    def note(self, name: str, ids: Iterable[str], rows: Iterable[int]) -> None:
        """Remember where entries lie."""
        if len(self._rows) > MOST:
            self._rows = {}
        self._rows.update(zip(((name, id) for id in ids), rows, strict=True))

    def known(self, name: str, ids: Iterable[str]) -> list[int]:
        """Return the row ids of those of the entries whose place is remembered."""
        rows = self._rows
        return [rows[name, id] for id in ids if (name, id) in rows]
