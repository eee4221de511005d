"""Rows of CSV."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any

from kintsugi.errors import DataError
from kintsugi.records import Column
from kintsugi.sources.naming import safe_name
from kintsugi.sources.tabular.file_table import FileTable
from kintsugi.sources.tabular.marks import Span
from kintsugi.sources.tabular.reader import Unusable
from kintsugi.sources.tabular.values import Row, is_damaged

_DELIMITERS = ",;\t|"
_ENDS = ("\n", "\r")
_LONGEST_ROW = 1000
"""Lines that a row may span; one that seems longer has a quote too many, or one too few."""

_READ_AGAIN = 10
"""How many times ``max_bytes`` are read again in one file after rows whose quotes don't end."""


class CsvTable(FileTable):
    """Rows of CSV with a header; all values are text, and "" is no value.

    A row of another length than the header's, larger than ``max_bytes`` or with a stray quote is handed over as one
    that can't be taken in; the rows after it come all the same. A file that ends inside quotes was cut off, or seems so
    after a stray quote in its last rows: what it lacks is not gone, so it can't be read.
    """

    def __init__(
        self,
        source: str,
        path: str,
        mapping: Mapping[str, str],
        storage: Mapping[str, Any] | None = None,
        *,
        encoding: str,
        delimiter: str,
        max_bytes: int,
    ) -> None:
        super().__init__(source, path, mapping, storage)
        self._encoding = encoding
        self._delimiter = delimiter
        self._max_bytes = max_bytes

    def columns(self) -> tuple[Column, ...]:
        """Return the header's names; all are text, whatever it looks like."""
        with self._lines() as (header, _):
            return tuple(Column(name=name, type="text") for name in header)

    def sample(self, limit: int) -> list[Row]:
        """Return the first rows under the header's names."""
        with self._lines() as (_, rows):
            return list(islice((row for row in rows if isinstance(row, dict)), limit))

    def rows(self, span: Span | None) -> Iterator[Row | Unusable]:
        """Yield all rows, in the file's order."""
        with self._lines() as (_, rows):
            for row in rows:
                if isinstance(row, dict):
                    yield self._names.renamed(row)
                else:
                    yield Unusable(self._names.renamed(row.row), row.error)

    @contextmanager
    def _lines(self) -> Iterator[tuple[list[str], Iterator[Row | Unusable]]]:
        """Open the file; give the header and its rows."""
        import io

        # The limit is the process's: only what the settings allow as a document may be as large as that.
        csv.field_size_limit(max(csv.field_size_limit(), self._max_bytes))
        with self.opened() as file:
            # What isn't text in this encoding becomes lone surrogates, which refuse the row that they are in.
            text = io.TextIOWrapper(file, encoding=self._encoding, errors="surrogateescape", newline="")
            lines = _Lines(text, self._max_bytes)
            first = _first(lines)
            delimiter = self._delimiter or max(_DELIMITERS, key=lambda mark: (first.count(mark), mark == ","))
            rows = csv.reader(lines, delimiter=delimiter, strict=True)
            header = _header(rows)
            yield header, self._rows(rows, lines, header, delimiter)

    def _rows(self, rows: Any, lines: "_Lines", header: list[str], delimiter: str) -> Iterator[Row | Unusable]:
        while True:
            line = lines.begin()
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                if lines.ended:
                    raise self.unavailable(f"line {line}, a quote that is not closed before the end") from None
                spanned, first = lines.back(skipped=1)
                if lines.read_again > _READ_AGAIN * self._max_bytes:
                    raise self.unavailable(f"line {line}, one of too many stray quotes") from None
                # What came before the stray quote tells which row it is, so that it doesn't count as gone.
                known = _leniently(first, delimiter)[: -1 if spanned > 1 else None]
                row: Row = {"line": line, **dict(zip(header, known, strict=False))}
                yield Unusable(row, self._bad(line, "a row of CSV", str(error)))
                continue
            if lines.was_cut():
                yield Unusable(
                    {"line": line}, self._bad(line, f"at most {self._max_bytes / 1e6:g} MB", "a longer line")
                )
                continue
            if not any(cell.strip() for cell in cells):
                continue
            row = {name: cell or None for name, cell in zip(header, cells, strict=False)}
            if len(cells) == len(header):
                yield row
            else:
                wanted = f"{len(header)} fields, as the header has"
                yield Unusable(row, self._bad(line, wanted, f"{len(cells)} fields"))

    def _bad(self, line: int, expected: str, got: str) -> DataError:
        return DataError(
            f"{self.what}, line {line}",
            expected=expected,
            got=got,
            next_step="correct that line; the other rows were taken in",
        ).named("row-length" if "fields" in expected else "row-readable")


def _first(lines: "_Lines") -> str:
    """Return the first line that isn't blank, which is read again; "" for none."""
    for line in lines:
        if line.strip():
            lines.back(skipped=0)
            return line
        lines.begin()
    return ""


def _header(rows: Any) -> list[str]:
    """Return the names of the columns; none where the first row is no row."""
    try:
        cells: list[str] = next(rows, [])
    except csv.Error:
        return []
    named = [cell.strip() or f"column {n}" for n, cell in enumerate(cells, 1)]
    return [safe_name(name) if is_damaged(name) else name for name in named]


def _leniently(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line on its own, whatever its quotes; none where nothing can be made of it."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


class _Lines:
    """The lines of a text, for a reader of CSV that may go back to the second line of a row that it can't read.

    None longer than ``limit`` characters is held: an empty one stands for it. No row's lines are longer together, or
    more than `_LONGEST_ROW`: the next one raises `csv.Error`.

    Attributes:
        ended: whether the reader has asked for more than there is.
        read_again: characters that it went back by, in all.
    """

    def __init__(self, text: IO[str], limit: int) -> None:
        self._text = text
        self._limit = limit
        self._row: list[tuple[str, bool]] = []
        self._size = 0
        self._next: deque[tuple[str, bool]] = deque()
        self._number = 0
        self.ended = False
        self.read_again = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._row) >= _LONGEST_ROW or self._size > self._limit:
            raise csv.Error(f"a quote that is not closed within {len(self._row):,} lines")
        line, cut = self._next.popleft() if self._next else self._read()
        self._row.append((line, cut))
        self._size += len(line)
        self._number += 1
        return line

    def begin(self) -> int:
        """Begin a row; return the number of its first line."""
        self._row, self._size = [], 0
        return self._number + 1

    def back(self, *, skipped: int) -> tuple[int, str]:
        """Have the row's lines but the first ``skipped`` read again; return how many it has, and the first."""
        spanned, again = len(self._row), self._row[skipped:]
        first = self._row[0][0] if self._row else ""
        self._next.extendleft(reversed(again))
        self._number -= len(again)
        self.read_again += sum(len(line) for line, _ in again)
        self.begin()
        return spanned, first

    def was_cut(self) -> bool:
        """Return whether one of the row's lines is longer than the limit."""
        return any(cut for _, cut in self._row)

    def _read(self) -> tuple[str, bool]:
        line = self._text.readline(self._limit)
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) < self._limit or line.endswith(_ENDS):
            return line, False
        while line and not line.endswith(_ENDS):
            line = self._text.readline(self._limit)
        return "\n", True
