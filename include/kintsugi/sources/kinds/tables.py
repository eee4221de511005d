"""Tables: of any database that SQLAlchemy reaches, of CSV and of Parquet. Rows become documents by a template."""

import codecs
from typing import Self

from pydantic import Field, model_validator

from kintsugi.sources.kind import Kind, Opening
from kintsugi.sources.places.objects import storage_options
from kintsugi.sources.port import Source
from kintsugi.sources.registry import require_credentials
from kintsugi.sources.tabular.csv_file import CsvTable
from kintsugi.sources.tabular.database import DatabaseTable
from kintsugi.sources.tabular.database_address import url_of, without_password
from kintsugi.sources.tabular.options import RowOptions, require_watermark
from kintsugi.sources.tabular.parquet_file import ParquetTable
from kintsugi.sources.tabular.reader import TableReader
from kintsugi.sources.tabular.table import GrowingTable, TableSource

_PARQUET = (".parquet", ".pq")


class TablesOptions(RowOptions):
    """Which table, and how its rows become documents. The address comes from the connection, ``url`` or ``path``.

    Attributes:
        url: an address for SQLAlchemy without a password, e.g. ``sqlite:///{home}/shop.db``; a connection beside it
            gives the login only.
        path: a CSV or Parquet file, here or in an object store.
        table: its name, perhaps ``schema.table``; or
        query: a SELECT.
        key: the column, or columns, that a row is known by.
        statement_seconds: a statement that takes longer is given up.
        encoding: of a CSV file.
        delimiter: of a CSV file; "" takes the commonest of comma, semicolon, tab and bar in the header.
    """

    url: str = ""
    path: str = ""
    table: str = ""
    query: str = ""
    key: tuple[str, ...] | str = Field(min_length=1)
    statement_seconds: float = Field(default=300.0, gt=0)
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default="", max_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.path and (self.url or self.table or self.query):
            raise ValueError("path: a file alone, without url, table and query")
        if not self.path and bool(self.table) == bool(self.query):
            raise ValueError("either table or query, or path")
        if self.url:
            without_password(self.url)
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError("encoding: one that Python knows, e.g. utf-8-sig or cp1252") from None
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's columns."""
        return (self.key,) if isinstance(self.key, str) else self.key


def _open(opening: Opening) -> Source:
    options: TablesOptions = opening.options
    config = opening.config
    require_watermark(opening, options)
    table = _file(opening, options) if options.path else _database(opening, options)
    made = options.items(
        what=table.what,
        label=table.label,
        locator=table.locator,
        labels=config.labels,
        key=options.keys,
        max_bytes=opening.max_bytes,
    )
    if config.partition == "all" and options.watermark and not options.path:
        return GrowingTable(
            config.name,
            table,
            made,
            watermark=options.watermark,
            clock=opening.clock,
            overlap=options.overlap_seconds,
            full_every=options.full_every,
        )
    return TableSource(
        config.name,
        table,
        made,
        every=config.partition,
        watermark=options.watermark,
        settle=options.overlap_seconds,
    )


def _file(opening: Opening, options: TablesOptions) -> TableReader:
    """Return a reader of Parquet where the file's name ends so, else of CSV."""
    name, path = opening.config.name, opening.place(options.path)
    scheme, remote, _ = path.partition("://")
    storage = storage_options(opening.credentials, scheme) if remote else None
    if path.lower().endswith(_PARQUET):
        return ParquetTable(name, path, opening.mapping, storage)
    return CsvTable(
        name,
        path,
        opening.mapping,
        storage,
        encoding=options.encoding,
        delimiter=options.delimiter,
        max_bytes=opening.max_bytes,
    )


def _database(opening: Opening, options: TablesOptions) -> DatabaseTable:
    found = require_credentials(opening) if opening.config.connection or not options.url else None
    return DatabaseTable(
        opening.config.name,
        lambda: url_of(opening.config.name, opening.place(options.url) if options.url else "", found),
        table=options.table,
        query=options.query,
        key=options.keys,
        watermark=options.watermark,
        mapping=opening.mapping,
        statement_seconds=options.statement_seconds,
    )


KIND = Kind(options=TablesOptions, partitions=("all", "hour", "day"), open=_open, rows=True)
