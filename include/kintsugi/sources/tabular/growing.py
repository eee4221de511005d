"""Rows whose watermark grows: what came since the last time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import structlog

from kintsugi.documents.identity import digest
from kintsugi.platform import Clock
from kintsugi.sources.partitions import is_over
from kintsugi.sources.port import RawItem
from kintsugi.sources.tabular.cursor import ScanCursor, cursor_of
from kintsugi.sources.tabular.items import RowItems
from kintsugi.sources.tabular.marks import Mark, Span, earlier, like, mark_of
from kintsugi.sources.tabular.reader import RowReader
from kintsugi.sources.tabular.source import RowSource

_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
"""In a second: what numeric times are counted in."""

_NEAR = 366 * 86_400


class GrowingRows(RowSource):
    """Rows whose watermark grows with each change: the next listing starts where the last one ended.

    Each listing goes back by ``overlap`` behind the highest watermark, and never counts on one that lies in the future:
    clocks that are ahead and transactions that commit late lose nothing. A number counts as a time where it would be
    one of the next year, in seconds, milli-, micro- or nanoseconds since the epoch; where it is a counter of that size
    after all, rows come again. Deletions leave no mark: every ``full_every`` hours everything is listed, as it is when
    the cursor is lost, of another shape, or ahead of the table.

    Args:
        overlap: seconds; of a numeric watermark, its own units.
        full_every: hours.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        name: str,
        reader: RowReader,
        made: RowItems,
        *,
        watermark: str,
        clock: Clock,
        overlap: float = 300.0,
        full_every: float = 24.0,
    ) -> None:
        super().__init__(name, reader, made, watermark=watermark)
        self._overlap = overlap
        self._full_every = full_every
        self._clock = clock
        self._cursor = ""

    @property
    def cursor(self) -> str:
        """How far the last listing came; "" before it has ended, and for a table without a watermark."""
        return self._cursor

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        """Yield the rows that may have changed since the cursor, or all of them.

        Raises as `items`.
        """
        is_over(self.name, "all", partition, 0.0)
        self._cursor, self._complete = "", False
        self._require()
        now = self._clock()
        known = self._known(partition, cursor, now)
        span = None if known is None else Span(earlier(known.mark, self._overlap))
        highest = None if known is None else known.mark
        last, repeated = "", 1
        for row in self._reader.rows(span):
            mark = self._mark(row)
            if span is None or mark is None or span.holds(mark):
                item = self._made.item(row)
                repeated = repeated + 1 if item.external_id == last else 1
                last = item.external_id
                yield item if repeated == 1 else self._made.repeated(item, repeated)
            if mark is not None and (highest is None or like(highest, mark) < mark):  # type: ignore[operator]
                highest = mark
        full_at = now if known is None else known.full_at
        self._cursor = "" if highest is None else ScanCursor(_not_after(highest, now), full_at, self._shape).text()
        self._complete = known is None

    @property
    def _shape(self) -> str:
        """A digest of all that decides what the rows become: after a change of it everything is listed."""
        return digest(self._made.shape, self._reader.asked, self._watermark)

    def _known(self, partition: str, text: str, now: float) -> ScanCursor | None:
        """Return where to go on; ``None`` to list everything."""
        known = cursor_of(text)
        reason = "first" if not text else self._why_not(known, now)
        if not reason:
            return known
        log = structlog.get_logger().bind(source=self.name, partition=partition, reason=reason)
        (log.info if reason in ("first", "due") else log.warning)("cursor.reset")
        return None

    def _why_not(self, known: ScanCursor | None, now: float) -> str:
        if known is None:
            return "unreadable"
        if known.shape != self._shape:
            return "shape"
        if not 0 <= now - known.full_at < self._full_every * 3600:
            return "due"
        highest = mark_of(self._reader.highest())
        if highest is None or type(highest) is not type(known.mark) or highest < known.mark:  # type: ignore[operator]
            return "ahead of the table"
        return ""


def _not_after(mark: Mark, now: float) -> Mark:
    """Return the mark, or the moment ``now`` where it is a time behind it."""
    if isinstance(mark, datetime):
        return min(mark, datetime.fromtimestamp(now, UTC))
    for unit in _UNITS:
        if now < mark / unit <= now + _NEAR:
            return Decimal(str(now)) * unit
    return mark
