"""Rows of a table, or of a query, in any database that SQLAlchemy reaches."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kintsugi.records import Column
from kintsugi.sources.tabular.columns import UNKNOWN, Names, types_of_rows
from kintsugi.sources.tabular.database_address import shown_url
from kintsugi.sources.tabular.database_errors import translated
from kintsugi.sources.tabular.database_session import connect_arguments, prepare
from kintsugi.sources.tabular.database_spans import within
from kintsugi.sources.tabular.marks import Span
from kintsugi.sources.tabular.page_size import MOST, PageSize
from kintsugi.sources.tabular.values import Row

if TYPE_CHECKING:
    from sqlalchemy import URL, ColumnClause, Connection, FromClause, Select, TextClause

_SAMPLED = 100


class DatabaseTable:
    """Reads rows through a cursor on the server, in a transaction that only reads; nothing stays connected between.

    Args:
        source: the source's name, for messages.
        address: makes the address; called when the database is first needed.
        table: a table's name, perhaps ``schema.table``; or
        query: a SELECT.
        key: the columns that rows are sorted by.
        watermark: the column that spans speak of; "" for none.
        mapping: from a column's present name to the agreed one.
        statement_seconds: a statement that takes longer is given up, where the database can do that.
    """

    def __init__(
        self,
        source: str,
        address: "Callable[[], URL]",
        *,
        table: str = "",
        query: str = "",
        key: tuple[str, ...],
        watermark: str = "",
        mapping: Mapping[str, str] | None = None,
        statement_seconds: float = 300.0,
    ) -> None:
        self.label = table or source
        self.what = f"source {source}, {f'table {table}' if table else 'its query'}"
        self._address = address
        self._schema, _, self._table = table.rpartition(".")
        self._query = query.strip().rstrip(";")
        self._key = key
        self._watermark = watermark
        self._names = Names(mapping or {})
        self._seconds = statement_seconds

    @property
    def locator(self) -> str:
        """The database's address and the table, for a row's id to follow."""
        return f"{shown_url(self._address())}#{self.label}/"

    @property
    def asked(self) -> str:
        """Address, table, query and renamings."""
        return json.dumps([self.locator, self._query, self._names.pairs])

    def check(self) -> None:
        """Raise `SourceUnavailable` when the database doesn't answer, `TerminalError` when it refuses the login."""
        from sqlalchemy import literal, select

        with self._connected() as connection:
            connection.execute(select(literal(1)))

    def require(self, names: frozenset[str]) -> None:
        """Return when there are columns of these (agreed) names, each once."""
        with self._connected() as connection:
            self._names.require(self.what, names, self._present_names(connection))

    def columns(self) -> tuple[Column, ...]:
        """Return the columns with the types that the table declares; a query's with those of its first rows' values."""
        with self._connected() as connection:
            if self._query:
                names = self._present_names(connection)
                return types_of_rows(names, self._first(connection, _SAMPLED))
            declared = self._declared(connection)
        return tuple(Column(name=str(each["name"]), type=_plain_type(each["type"])) for each in declared)

    def sample(self, limit: int) -> list[Row]:
        """Return the first rows in the order of their keys, under the columns' present names."""
        with self._connected() as connection:
            return self._first(connection, limit)

    def rows(self, span: Span | None) -> Iterator[Row]:
        """Yield the rows of the span, sorted by key; all of them for ``None``."""
        with self._connected() as connection:
            statement = self._sorted(self._all())
            if span is not None:
                dialect = connection.dialect.name
                statement = statement.where(within(self._column(self._watermark), span, self._top(connection), dialect))
            streamed = connection.execution_options(stream_results=True, max_row_buffer=MOST)
            found, size = streamed.execute(statement).mappings(), PageSize()
            while page := found.fetchmany(size.rows):
                size.seen(page)
                for row in page:
                    yield self._names.renamed(dict(row))

    def named(self, name: str) -> Iterator[Row]:
        """Yield the rows whose one key is this whole number; none of another kind, whose text may be the driver's."""
        if len(self._key) > 1 or not re.fullmatch(r"-?\d{1,18}", name):
            return
        kinds = {self._names.agreed(each.name): each.type for each in self.columns()}
        if kinds.get(self._key[0]) != "integer":
            return
        with self._connected() as connection:
            found = connection.execute(self._all().where(self._column(self._key[0]) == int(name))).mappings()
            yield from [self._names.renamed(dict(row)) for row in found]

    def highest(self) -> Any:
        """Return the highest watermark as the driver has it."""
        with self._connected() as connection:
            return self._top(connection)

    @contextmanager
    def _connected(self) -> "Iterator[Connection]":
        """Connect, and translate what goes wrong; what the receiver of a row raises goes through untouched."""
        from sqlalchemy import NullPool, create_engine

        with translated(self.what):
            url = self._address()
            engine = create_engine(url, poolclass=NullPool, connect_args=connect_arguments(self.what, url))
            with engine.connect() as connection:
                prepare(connection, self._seconds)
                yield connection

    def _present_names(self, connection: "Connection") -> list[str]:
        if not self._query:
            return [str(each["name"]) for each in self._declared(connection)]
        return list(connection.execute(self._all().limit(0)).keys())

    def _declared(self, connection: "Connection") -> list[Any]:
        from sqlalchemy import inspect

        return list(inspect(connection).get_columns(self._table, self._schema or None))

    def _first(self, connection: "Connection", limit: int) -> list[Row]:
        found = connection.execute(self._sorted(self._all()).limit(limit)).mappings()
        return [dict(row) for row in found]

    def _top(self, connection: "Connection") -> Any:
        from sqlalchemy import func, select

        return connection.execute(select(func.max(self._column(self._watermark))).select_from(self._from())).scalar()

    def _all(self) -> "Select[Any]":
        from sqlalchemy import literal_column, select

        return select(literal_column("*")).select_from(self._from())

    def _sorted(self, statement: "Select[Any]") -> "Select[Any]":
        """Sort by key; of rows with the same key the latest is first, and is the one that is taken in."""
        latest = [self._column(self._watermark).desc()] if self._watermark else []
        return statement.order_by(*(self._column(name) for name in self._key), *latest)

    def _from(self) -> "FromClause | TextClause":
        from sqlalchemy import table, text

        if not self._query:
            return table(self._table, schema=self._schema or None)
        escaped = self._query.replace(":", "\\:")  # a colon is no parameter here
        return text(f"({escaped}) kintsugi_rows")

    def _column(self, agreed: str) -> "ColumnClause[Any]":
        """Return the column without a type, so that the driver's own values come and go."""
        from sqlalchemy import column

        return column(self._names.present(agreed))


def _plain_type(declared: Any) -> str:
    from sqlalchemy import types

    for kinds, name in (
        (types.Boolean, "boolean"),
        (types.Integer, "integer"),
        (types.Numeric, "number"),
        ((types.DateTime, types.Date, types.Time, types.Interval), "time"),
        ((types.LargeBinary, types._Binary), "bytes"),
        ((types.JSON, types.ARRAY), "json"),
        (types.NullType, UNKNOWN),
    ):
        if isinstance(declared, kinds):
            return name
    return "text"
