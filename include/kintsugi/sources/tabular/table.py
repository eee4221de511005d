"""Sources of tables: rows that all have the same columns, which may change."""

from collections.abc import Mapping
from typing import Any

from kintsugi.records import Column
from kintsugi.sources.tabular.growing import GrowingRows
from kintsugi.sources.tabular.items import RowItems
from kintsugi.sources.tabular.reader import TableReader
from kintsugi.sources.tabular.source import RowSource
from kintsugi.sources.tabular.values import plain


class HasColumns:
    """What a source of a table adds: its columns and some rows, as they are before any renaming."""

    _table: TableReader

    def columns(self, partition: str) -> tuple[Column, ...]:
        """Return names and types as the table has them now, in its order."""
        return self._table.columns()

    def sample(self, partition: str, limit: int) -> list[Mapping[str, Any]]:
        """Return the first rows with plain values, under the columns' present names."""
        return [{name: plain(value) for name, value in row.items()} for row in self._table.sample(limit)]


class TableSource(HasColumns, RowSource):
    """A table, listed as a whole or by hours or days."""

    def __init__(self, name: str, reader: TableReader, made: RowItems, **cut: Any) -> None:
        super().__init__(name, reader, made, **cut)
        self._table = reader


class GrowingTable(HasColumns, GrowingRows):
    """A table with a watermark."""

    def __init__(self, name: str, reader: TableReader, made: RowItems, **scan: Any) -> None:
        super().__init__(name, reader, made, **scan)
        self._table = reader
