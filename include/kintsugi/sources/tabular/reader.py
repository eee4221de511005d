"""`RowReader`: whatever rows are read from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from kintsugi.errors import DataError
from kintsugi.records import Column
from kintsugi.sources.tabular.marks import Span
from kintsugi.sources.tabular.values import Row


@dataclass(frozen=True)
class Unusable:
    """A row that can't be taken in: as much of it as could be read, and why not."""

    row: Row
    error: DataError


class RowReader(Protocol):
    """Rows under the names that were agreed on, a page in memory at a time.

    Implementers guarantee: unchanged rows come in the same order each time; a reading that ends early raises.

    Attributes:
        what: names the thing in messages, e.g. ``table public.orders``; without a login.
        label: its own name.
        locator: a URL, without a login, that a row's id completes.
        asked: all that decides which rows come, apart from the rows: a cursor of another is worth nothing.
    """

    @property
    def what(self) -> str: ...  # noqa: D102

    @property
    def label(self) -> str: ...  # noqa: D102

    @property
    def locator(self) -> str: ...  # noqa: D102

    @property
    def asked(self) -> str: ...  # noqa: D102

    def check(self) -> None:
        """Raise `SourceUnavailable` when it does not answer."""
        ...

    def require(self, names: frozenset[str]) -> None:
        """Return when there are columns of these names.

        Raises:
            DriftError: one is missing, or the table itself is gone.
            SourceUnavailable: it does not answer.
        """
        ...

    def rows(self, span: Span | None) -> Iterator[Row | Unusable]:
        """Yield the rows of the span, and perhaps others; all of them for ``None``.

        Rows whose watermark is missing, or is none, are always among them.

        Raises:
            SourceUnavailable: it stopped answering.
        """
        ...

    def named(self, name: str) -> Iterator[Row]:
        """Yield rows that may have this external id, where they are found without reading all; perhaps none."""
        ...

    def highest(self) -> Any:
        """Return the highest watermark, as the driver has it; ``None`` when no row has one."""
        ...


class TableReader(RowReader, Protocol):
    """A reader whose rows all have the same columns."""

    def columns(self) -> tuple[Column, ...]:
        """Return the columns as they are, under their present names."""
        ...

    def sample(self, limit: int) -> list[Row]:
        """Return the first rows, under the columns' present names."""
        ...
