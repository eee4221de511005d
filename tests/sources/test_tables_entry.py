"""A table from its entry in `sources.yaml` to its documents, and a refused row's way back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kintsugi.documents.intake.ingest import ingest
from kintsugi.documents.intake.release import release
from kintsugi.records import Document, Quarantined
from tests.builders import RUN
from tests.sources.opened_rows import living

FILE = """
sources:
  orders:
    kind: tables
    labels: {trust: untrusted}
    options:
      url: sqlite:///{home}/shop.db
      table: orders
      key: id
      title: Order {{ id }}
      text: "{{ 10 / amount }} each"
      watermark: at
"""


@pytest.fixture
def change(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "sources.yaml").write_text(FILE)
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE orders (id INTEGER, amount NUMERIC, at TIMESTAMP)")
        database.execute("INSERT INTO orders VALUES (1, 2, '1970-01-01 10:00'), (2, 0, '1970-01-01 10:00')")
        yield database.execute


def test_a_refused_row_that_was_mended_is_taken_in_by_its_release_alone(platform, change):
    assert ingest(platform, "orders", "all", RUN).refused == 1
    (document,) = platform.records.scan(Document)
    assert (document.title, document.labels.trust) == ("Order 1", "untrusted")
    (refused,) = platform.records.scan(Quarantined)
    change("UPDATE orders SET amount = 5")
    assert release(platform, refused, RUN.model_copy(update={"run_id": "run-2"})).state == "released"
    assert living(platform) == ["1", "2"]
    texts = {each.external_id: each.current for each in platform.records.scan(Document)}
    assert texts["1"] == document.current
