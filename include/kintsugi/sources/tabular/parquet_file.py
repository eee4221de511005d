"""Rows of Parquet."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from kintsugi.records import Column
from kintsugi.sources.tabular.columns import UNKNOWN
from kintsugi.sources.tabular.file_table import FileTable
from kintsugi.sources.tabular.marks import Span
from kintsugi.sources.tabular.values import Row

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE = 500


class ParquetTable(FileTable):
    """Rows of a Parquet file, a batch at a time."""

    def columns(self) -> tuple[Column, ...]:
        """Return the columns of the file's schema."""
        with self._parquet() as file:
            schema = file.schema_arrow
        return tuple(Column(name=field.name, type=_arrow_type(field.type)) for field in schema)

    def sample(self, limit: int) -> list[Row]:
        """Return the first rows under the file's own names."""
        return list(islice(self._rows(limit), limit))

    def rows(self, span: Span | None) -> Iterator[Row]:
        """Yield all rows, in the file's order."""
        for row in self._rows(_PAGE):
            yield self._names.renamed(row)

    def _rows(self, page: int) -> Iterator[Row]:
        with self._parquet() as file:
            for batch in file.iter_batches(batch_size=max(1, page), use_threads=False):
                yield from batch.to_pylist()

    @contextmanager
    def _parquet(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self.opened() as file:
            try:
                yield pq.ParquetFile(file)
            except pa.ArrowException as error:
                raise self.unavailable(" ".join(str(error).split())[:300]) from error


def _arrow_type(declared: "pa.DataType") -> str:
    import pyarrow.types as types

    for is_kind, name in (
        (types.is_boolean, "boolean"),
        (types.is_integer, "integer"),
        (types.is_floating, "number"),
        (types.is_decimal, "number"),
        (types.is_temporal, "time"),
        (types.is_binary, "bytes"),
        (types.is_large_binary, "bytes"),
        (types.is_fixed_size_binary, "bytes"),
        (types.is_nested, "json"),
        (types.is_null, UNKNOWN),
    ):
        if is_kind(declared):
            return name
    return "text"
