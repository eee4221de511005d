"""Rows as items: which document a row is, when it changed, and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from kintsugi.documents.identity import digest
from kintsugi.documents.parsed import shortened
from kintsugi.errors import DataError
from kintsugi.records import Labels
from kintsugi.sources.media import TEXT
from kintsugi.sources.naming import safe_name
from kintsugi.sources.port import RawItem
from kintsugi.sources.sizes import too_large
from kintsugi.sources.tabular.reader import Unusable
from kintsugi.sources.tabular.template import Template, lines_of
from kintsugi.sources.tabular.values import Row, is_damaged, key_name, row_digest


@dataclass(frozen=True)
class RowItems:
    """Makes the items of one table.

    Attributes:
        what: names the table in messages.
        label: the table's own name, for titles.
        locator: a URL, without a login, that a row's id completes.
        labels: labels of every document.
        key: the columns that a row is known by.
        max_bytes: larger documents are refused.
        title: ``None`` for a title from the table's name and the key.
        text: ``None`` for a line for each column.
        media_type: what the text is.
        name_of: makes the external id of the key's values.
    """

    what: str
    label: str
    locator: str
    labels: Labels
    key: tuple[str, ...]
    max_bytes: int
    title: Template | None = None
    text: Template | None = None
    media_type: str = TEXT
    name_of: Callable[[Sequence[Any]], str] = key_name

    @property
    def names(self) -> frozenset[str]:
        """The columns that every row has to have."""
        return frozenset(self.key) | self._named

    @property
    def shape(self) -> str:
        """A digest of all that decides how a row becomes a document, apart from the row."""
        limits = (str(self.max_bytes), self.labels.model_dump_json(), self.media_type)
        return digest("shape", *limits, *self._sources, *self.key)

    def item(self, row: Row | Unusable) -> RawItem:
        """Return the row's item; one that raises `DataError` when it is read where the row can't be taken in."""
        if isinstance(row, Unusable):
            return self.refused(row.row, row.error)
        damaged = [name for name, value in row.items() if is_damaged(value)]
        if damaged:
            return self.refused(
                row,
                DataError(
                    f"{self.what}: text of column {', '.join(map(safe_name, damaged))} is no UTF-8",
                    expected="text in the encoding that the source promises",
                    got=shortened(f"other bytes in column {', '.join(map(safe_name, damaged))}"),
                    next_step="correct the row, or the encoding in the source's entry",
                ).named("encoding"),
            )
        missing = self._missing(row)
        if missing:
            return self.refused(
                row,
                DataError(
                    f"{self.what}: a row without a key",
                    expected=f"a value in {', '.join(missing)}",
                    got=shortened(f"none in a row of {', '.join(map(safe_name, row))}"),
                    next_step="give the row a key in its table; the other rows were taken in",
                ).named("key"),
            )
        name, decisive = self._name(row), self._decisive(row)
        try:
            title = self._title(row, name)
        except DataError as error:
            return self.refused(row, error)
        return RawItem(
            external_id=name,
            media_type=self.media_type,
            locator=self._locator(name),
            read=partial(self._read, row, name),
            labels=self.labels,
            raw_digest=row_digest([row.get(each) for each in decisive], *decisive, "", self.media_type, *self._sources),
            title=title,
            row=row,
        )

    def name(self, row: Row) -> str | None:
        """Return the external id of a row; ``None`` where its key is incomplete."""
        return None if self._missing(row) else self._name(row)

    def refused(self, row: Row, error: DataError) -> RawItem:
        """Return an item that raises ``error``: under the row's own id where it has one, so that it isn't missed."""
        name = self.name(row) or f"row-{row_digest(list(row.values()), *row)[:16]}"
        return RawItem(name, self.media_type, self._locator(name), partial(_refuse, error), self.labels)

    def repeated(self, item: RawItem, number: int) -> RawItem:
        """Return the refusal of the ``number``-th row of one key: as a change it would replace the first."""
        error = DataError(
            f"{self.what}: {number} rows of the key {item.external_id}",
            expected="each key once",
            got=item.title,
            next_step="remove one of the rows, or name more columns as key; the first row was taken in",
        ).named("key-unique")
        name = f"{item.external_id}#{number}"
        return RawItem(name, self.media_type, self._locator(name), partial(_refuse, error), self.labels)

    def deleted(self, name: str) -> RawItem:
        """Return the item that says that this document's row is gone."""
        return RawItem(name, self.media_type, self._locator(name), partial(_gone, name), self.labels, deleted=True)

    @property
    def _named(self) -> frozenset[str]:
        return frozenset().union(*(each.names for each in (self.title, self.text) if each is not None))

    @property
    def _sources(self) -> tuple[str, ...]:
        return tuple("" if each is None else each.source for each in (self.title, self.text))

    def _decisive(self, row: Row) -> list[str]:
        """Return the columns that the document is made of: what else changes doesn't change it."""
        if self.text is None or any(each is not None and each.takes_all for each in (self.title, self.text)):
            return list(row)
        return [*self.key, *sorted(self._named - set(self.key))]

    def _missing(self, row: Row) -> list[str]:
        return [name for name in self.key if row.get(name) is None or row[name] == ""]

    def _name(self, row: Row) -> str:
        return self.name_of([row[name] for name in self.key])

    def _title(self, row: Row, name: str) -> str:
        title = self.title.render(row, f"{self.what}, row {name}") if self.title else ""
        return shortened(title) or shortened(f"{self.label} {name}")

    def _read(self, row: Row, name: str) -> bytes:
        text = lines_of(row) if self.text is None else self.text.render(row, f"{self.what}, row {name}")
        data = text.encode("utf-8", "replace")
        if len(data) > self.max_bytes:
            raise too_large(name, len(data), self.max_bytes)
        return data

    def _locator(self, name: str) -> str:
        return f"{self.locator}{quote(name)}"


def _refuse(error: DataError) -> bytes:
    raise error


def _gone(name: str) -> bytes:
    raise DataError(f"document {name}: deleted in its source").named("still-there")
