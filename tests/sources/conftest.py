"""A shop's table in SQLite, for the tests of rows as documents."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.sources.opened_rows import Opener

Change = Callable[..., None]


@pytest.fixture
def change(tmp_path: Path) -> Iterator[Change]:
    """Runs a statement on the shop's database; the table is there from the beginning."""
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE orders (id INTEGER, note TEXT, amount NUMERIC, at TIMESTAMP)")

        def run(statement: str, *rows: tuple[Any, ...]) -> None:
            database.executemany(statement, rows) if rows else database.execute(statement)

        yield run


@pytest.fixture
def insert(change: Change) -> Change:
    return lambda *rows: change("INSERT INTO orders VALUES (?, ?, ?, ?)", *rows)


@pytest.fixture
def opened(platform: Any, tmp_path: Path, change: Change) -> Callable[..., Any]:
    open_one = Opener(platform, "tables")
    url = f"sqlite:///{tmp_path}/shop.db"
    return lambda **options: open_one(**{"url": url, "table": "orders", "key": "id", **options})
