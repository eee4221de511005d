"""Rows of a table as a source: all of them, or those of an hour or a day."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from kintsugi.errors import DataError
from kintsugi.sources.partitions import WHOLE, Every, is_over, window_of
from kintsugi.sources.port import RawItem
from kintsugi.sources.tabular.items import RowItems
from kintsugi.sources.tabular.marks import Mark, Span, mark_of
from kintsugi.sources.tabular.reader import RowReader, Unusable
from kintsugi.sources.tabular.values import Row, plain


class RowSource:
    """The rows of a table; cut by hours or days, those whose watermark lies in the partition.

    A row whose watermark is missing belongs to no hour: it is refused in each of them, so that somebody hears of it.

    Args:
        name: the source's name.
        reader: what the rows are read from.
        made: makes items of them.
        every: how the source is cut.
        watermark: the column that says when a row last changed; "" for none.
        settle: seconds after a partition's end until it is taken in: for clocks that are late, and late commits.
    """

    contract = "documents"

    def __init__(
        self,
        name: str,
        reader: RowReader,
        made: RowItems,
        *,
        every: Every = "all",
        watermark: str = "",
        settle: float = 0.0,
    ) -> None:
        self.name = name
        self._reader = reader
        self._made = made
        self._every = every
        self._watermark = watermark
        self._settle = settle
        self._complete = True

    @property
    def complete(self) -> bool:
        """Whether the last listing was one of everything."""
        return self._complete

    def check(self) -> None:
        """Raise `SourceUnavailable` when the table's home does not answer."""
        self._reader.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the partition is over, and settled."""
        return is_over(self.name, self._every, partition, now - self._settle)

    def items(self, partition: str = WHOLE) -> Iterator[RawItem]:
        """Yield the partition's rows, sorted by key where the table can sort.

        Raises:
            DriftError: a column that key, watermark or templates name is missing, or the table is.
            SourceUnavailable: it stopped answering.
        """
        self._complete = False
        for row in self._within(partition):
            yield row if isinstance(row, RawItem) else self._made.item(row)
        self._complete = True

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the row of this id; ``None`` when the partition has none."""
        quick = self._reader.named(external_id) if self._every == "all" else iter(())
        for row in chain(quick, self._within(partition)):
            found = row if isinstance(row, RawItem) else self._made.item(row)
            if found.external_id == external_id:
                return found
        return None

    def frame_rows(self, partition: str, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the partition's usable rows under their agreed names, with plain values: for contracts."""
        rows = (row for row in self._within(partition) if isinstance(row, dict))
        for row in islice(rows, limit):
            yield {name: plain(value) for name, value in row.items()}

    def named_rows(self, partition: str, limit: int | None = None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield external id and values, under agreed names, of the partition's rows that have a key: for contracts."""
        rows = (row for row in self._within(partition) if isinstance(row, dict))
        for row in islice(rows, limit):
            name = self._made.name(row)
            if name is not None:
                yield name, row

    def _within(self, partition: str) -> Iterator[Row | Unusable | RawItem]:
        is_over(self.name, self._every, partition, 0.0)
        self._require()
        if self._every == "all":
            yield from self._reader.rows(None)
            return
        span = Span.of(window_of(self.name, self._every, partition))
        for row in self._reader.rows(span):
            mark = self._mark(row)
            if mark is None:
                yield row if isinstance(row, Unusable) else self._undated(row)
            elif span.holds(mark):
                yield row

    def _mark(self, row: Row | Unusable) -> Mark | None:
        values = row.row if isinstance(row, Unusable) else row
        return mark_of(values.get(self._watermark))

    def _undated(self, row: Row) -> RawItem:
        return self._made.refused(
            row,
            DataError(
                f"{self._made.what}: a row without a time",
                expected=f"a time in column {self._watermark}",
                got=repr(plain(row.get(self._watermark))),
                next_step="give the row a time in its table; the other rows were taken in",
            ).named("watermark"),
        )

    def _require(self) -> None:
        self._reader.require(self._made.names | ({self._watermark} - {""}))
