"""The condition for a span of marks, in the terms of a column's own values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from kintsugi.sources.tabular.marks import Mark, Span, like

if TYPE_CHECKING:
    from sqlalchemy import ColumnClause, ColumnElement

_DAY_FIRST = "____-__-__%"


def within(column: "ColumnClause[Any]", span: Span, top: Any, dialect: str) -> "ColumnElement[bool]":
    """Return a condition that no row of the span fails, nor one without a mark; the reader looks exactly afterwards.

    Args:
        column: the watermark.
        span: which rows are wanted.
        top: the column's highest value, whose kind is the column's.
        dialect: the database's name.
    """
    from sqlalchemy import or_, true

    if isinstance(top, str):
        return _as_text(column, span)
    if isinstance(top, bool) or not isinstance(top, int | float | Decimal | date):
        return true()
    number = not isinstance(top, date)
    low = _bound(span.low, top, dialect, floor)
    condition = column >= low
    if span.high is not None:
        high = _bound(span.high, top, dialect, ceil)
        # A day is whole: the day of the end may still be needed.
        condition &= column <= high if not number and not isinstance(top, datetime) else column < high
    return or_(condition, column.is_(None))


def _as_text(column: "ColumnClause[Any]", span: Span) -> "ColumnElement[bool]":
    """Compare days only, a day around: text writes a moment with ``T`` or a space, with or without a zone.

    What doesn't begin with a day is read too.
    """
    from sqlalchemy import and_, not_, or_, true

    if not isinstance(span.low, datetime):
        return true()
    condition = column >= _day(span.low, -1)
    if isinstance(span.high, datetime):
        condition = and_(condition, column < _day(span.high, 2))
    return or_(condition, column.is_(None), not_(column.like(_DAY_FIRST)))


def _bound(mark: Mark, top: Any, dialect: str, whole: Callable[[Decimal], int]) -> Any:
    if not isinstance(top, date):
        number = like(mark, Decimal(0))
        assert isinstance(number, Decimal)
        return whole(number)
    moment = like(mark, datetime.now(UTC))
    assert isinstance(moment, datetime)
    if not isinstance(top, datetime):
        return moment.date()
    return moment if dialect == "postgresql" or top.tzinfo is not None else moment.replace(tzinfo=None)


def _day(moment: datetime, days: int) -> str:
    try:
        return (moment + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return moment.date().isoformat()
