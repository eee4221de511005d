"""Rows of CSV."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
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


class CsvTable(FileTable):
    """Rows of CSV with a header; all values are text, and "" is no value.

    A row of another length than the header's, or larger than ``max_bytes``, is handed over as one that can't be taken
    in; the rows after it come all the same.
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
            bounded = _BoundedLines(text, self._max_bytes)
            first = next((line for line in bounded if line.strip()), "")
            delimiter = self._delimiter or max(_DELIMITERS, key=lambda mark: (first.count(mark), mark == ","))
            lines = csv.reader(chain([first], bounded), delimiter=delimiter)
            header = _header(lines)
            yield header, self._rows(lines, bounded, header)

    def _rows(self, lines: Any, bounded: "_BoundedLines", header: list[str]) -> Iterator[Row | Unusable]:
        while True:
            line = lines.line_num + 1
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                yield Unusable({"line": line}, self._bad(line, "a row of CSV", str(error)))
                continue
            if bounded.was_cut():
                yield Unusable(
                    {"line": line}, self._bad(line, f"at most {self._max_bytes / 1e6:g} MB", "a longer line")
                )
                continue
            if not any(cell.strip() for cell in cells):
                continue
            row: Row = {name: cell or None for name, cell in zip(header, cells, strict=False)}
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


def _header(lines: Any) -> list[str]:
    """Return the names of the columns; none where the first row is no row."""
    try:
        cells: list[str] = next(lines, [])
    except csv.Error:
        return []
    named = [cell.strip() or f"column {n}" for n, cell in enumerate(cells, 1)]
    return [safe_name(name) if is_damaged(name) else name for name in named]


class _BoundedLines:
    """The lines of a text; none longer than ``limit`` characters is held: an empty one stands for it."""

    def __init__(self, text: IO[str], limit: int) -> None:
        self._text = text
        self._limit = limit
        self._cut = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit)
        if not line:
            raise StopIteration
        if len(line) < self._limit or line.endswith(_ENDS):
            return line
        while line and not line.endswith(_ENDS):
            line = self._text.readline(self._limit)
        self._cut = True
        return "\n"

    def was_cut(self) -> bool:
        """Return whether a line was since the last question."""
        cut, self._cut = self._cut, False
        return cut
