"""How many rows to ask for at once."""

from collections.abc import Iterable, Mapping
from typing import Any

FIRST, MOST = 16, 500
LARGEST = 32_000_000
"""Bytes of a page, as far as the pages before can tell."""

_A_VALUE = 50


class PageSize:
    """The rows of the next page: twice as many as came last, while a page of such rows stays below `LARGEST`.

    Attributes:
        rows: how many to ask for.
    """

    def __init__(self) -> None:
        self.rows = FIRST

    def seen(self, page: Iterable[Mapping[Any, Any]]) -> None:
        """Take account of a page that came."""
        largest = max((_bytes(row) for row in page), default=1)
        self.rows = max(1, min(2 * self.rows, LARGEST // largest, MOST))


def _bytes(row: Mapping[Any, Any]) -> int:
    """Return about how many bytes a row takes up in memory."""
    return (
        sum(_A_VALUE + (len(each) if isinstance(each, str | bytes | memoryview) else 0) for each in row.values()) or 1
    )
