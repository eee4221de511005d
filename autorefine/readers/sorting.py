"""Rows in order, however many there are: sorted in pieces on disk, and merged when they are read."""

import heapq
import json
import tempfile
from collections.abc import Iterator
from typing import Any

PIECE = 16_000_000
"""Characters of rows that are held in memory before they are sorted and written."""

Row = tuple[Any, ...]


class SortedRows:
    """Rows of plain JSON values that compare with each other; given back in order, duplicates included.

    They lie in a temporary file without a name, which is gone when this is closed. Memory holds a piece, and of each
    piece on disk one row.
    """

    def __init__(self, piece: int = PIECE) -> None:
        self._piece = piece
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._starts: list[tuple[int, int]] = []
        self._held: list[Row] = []
        self._size = 0

    def add(self, row: Row) -> None:
        """Keep a row."""
        self._held.append(row)
        self._size += sum(len(value) for value in row if isinstance(value, str)) + 100
        if self._size >= self._piece:
            self._write()

    def __iter__(self) -> Iterator[Row]:
        """Yield all rows in order."""
        self._held.sort()
        yield from heapq.merge(*(self._written(start, end) for start, end in self._starts), self._held)

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()

    def _write(self) -> None:
        start = self._file.seek(0, 2)
        self._held.sort()
        for row in self._held:
            self._file.write(json.dumps(row).encode() + b"\n")
        self._starts.append((start, self._file.tell()))
        self._held, self._size = [], 0

    def _written(self, at: int, end: int) -> Iterator[Row]:
        while at < end:
            self._file.seek(at)
            line = self._file.readline()
            at = self._file.tell()
            yield tuple(json.loads(line))
