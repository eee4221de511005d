"""The contract on SQLite, and what can go wrong with a file."""

import os
import re
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest

from kintsugi.errors import KintsugiError, StoreUnavailable, TerminalError
from kintsugi.records import Document, Record
from kintsugi.stores.records import RecordStore
from kintsugi.stores.sqlite import SQLiteRecords
from kintsugi.stores.sqlite.connections import Connections
from kintsugi.stores.sqlite.filters import conditions
from kintsugi.stores.where import AtLeast, Where
from tests.builders import document
from tests.stores.processes import together
from tests.stores.record_store_contract import RecordStoreContract


@pytest.fixture
def reopen(tmp_path: Path) -> Callable[[], RecordStore]:
    return partial(SQLiteRecords, tmp_path / "new folder" / "records.db", time.time)


@pytest.fixture
def records(reopen: Callable[[], RecordStore]) -> Iterator[RecordStore]:
    store = reopen()
    yield store
    store.close()


@pytest.fixture
def records_again(reopen: Callable[[], RecordStore]) -> Iterator[RecordStore]:
    store = reopen()
    yield store
    store.close()


class TestSQLiteRecords(RecordStoreContract):
    """SQLite keeps the contract."""


def filled(path: Path, documents: int = 400) -> None:
    store = SQLiteRecords(path, time.time)
    store.put(document(id=f"{n:04}", title="x" * 1000) for n in range(documents))
    store.close()


def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(b"This is not a database." * 400)
    with pytest.raises(TerminalError, match=r"records\.db") as refused:
        SQLiteRecords(path, time.time).get(Document, "d")
    assert refused.value.expected == "a readable SQLite database"
    assert "move records.db aside" in refused.value.next_step
    assert path.read_bytes() == b"This is not a database." * 400


def test_a_damaged_page_is_reported_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    filled(path)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(TerminalError) as refused:
        list(SQLiteRecords(path, time.time).scan(Document))
    assert refused.value.expected == "a readable SQLite database"


def test_a_record_of_another_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    filled(path, documents=1)
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE documents SET body = json_remove(body, '$.title')""")
    with pytest.raises(TerminalError, match=r"doesn't fit Document.*title"):
        SQLiteRecords(path, time.time).get(Document, "0000")


@pytest.mark.parametrize("what", ["a folder", "below a file"])
def test_a_path_that_no_file_can_have_is_named_with_the_next_step(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path if what == "a folder" else tmp_path / "file" / "records.db"
    with pytest.raises(StoreUnavailable, match=re.escape(str(path))) as refused:
        SQLiteRecords(path, time.time).count(Document)
    assert refused.value.next_step


def test_a_writer_that_waits_too_long_says_so_and_later_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    filled(path)
    store = SQLiteRecords(path, time.time, patience=0.2)
    assert store.count(Document) == 400
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (
            lambda: store.insert(document(id="new")),
            lambda: store.put([document(id="new")]),
            lambda: store.delete(Document, ["0000"]),
        ):
            with pytest.raises(StoreUnavailable) as refused:
                write()
            assert refused.value.expected == "a free write lock"
        assert store.get(Document, "0000") is not None, "readers don't wait for a writer"
        other.execute("ROLLBACK")
    assert store.insert(document(id="new"))


def fill_the_disk(who: int, path: Path) -> tuple[str, str, int]:
    """Write until no file may grow; return the error's class, what it says, and how many writes had returned."""
    store, written = SQLiteRecords(path, time.time), 0
    store.count(Document)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    try:
        while True:
            store.put([document(id=f"{written:06}", title="x" * 20_000)])
            written += 1
    except KintsugiError as error:
        return type(error).__name__, str(error), written


def test_a_full_disk_is_reported_as_one_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    [(kind, message, written)] = together(fill_the_disk, 1, path)
    assert kind == "StoreUnavailable"
    assert f"room to write in {tmp_path}" in message
    store = SQLiteRecords(path, time.time)
    assert [each.id for each in store.scan(Document)] == [f"{n:06}" for n in range(written)]
    assert written > 20
    assert store.insert(document(id="there is room again"))


def write_without_permission(who: int, path: Path) -> tuple[str, str]:
    """Give up every privilege, then write; return the error's class and what it says."""
    store = SQLiteRecords(path, time.time)
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        store.insert(document(id="new"))
    except KintsugiError as error:
        return type(error).__name__, str(error)
    return "nothing", ""


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)


def test_a_store_that_may_not_be_written_to_says_who_has_to_do_what(public_folder: Path) -> None:
    path = public_folder / "records.db"
    filled(path, documents=1)
    path.chmod(0o444)
    public_folder.chmod(0o555)
    [(kind, message)] = together(write_without_permission, 1, path)
    assert kind in ("TerminalError", "StoreUnavailable")
    assert str(public_folder) in message
    assert "next: give this user write access" in message or "belongs to this user" in message


def test_a_forked_child_and_its_parent_both_go_on(tmp_path: Path) -> None:
    store = SQLiteRecords(tmp_path / "records.db", time.time)
    store.insert(document(id="before"))
    child = os.fork()
    if child == 0:
        try:
            ok = store.get(Document, "before") is not None and store.insert(document(id="child"))
            store.close()
            os._exit(0 if ok else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert store.insert(document(id="parent"))
    assert [each.id for each in store.scan(Document)] == ["before", "child", "parent"]


def test_a_commit_survives_the_loss_of_power_and_not_only_of_the_process(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "records.db")
    connection = connections.open()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connections.close()


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = SQLiteRecords(tmp_path / "records.db", time.time)
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda n: store.insert(document(id=str(n % 50))), range(200)))
    assert sum(won) == 50
    assert store.count(Document) == 50


def test_a_field_that_is_indexed_later_is_filtered_on_in_what_is_already_stored(tmp_path: Path) -> None:
    class Before(Record):
        collection: ClassVar[str] = "things"
        colour: str

    class After(Before):
        indexed: ClassVar[tuple[str, ...]] = ("colour",)

    path = tmp_path / "records.db"
    old, new = SQLiteRecords(path, time.time), SQLiteRecords(path, time.time)
    old.insert(Before(id="a", colour="gold"))
    assert [each.id for each in new.scan(After, {"colour": "gold"})] == ["a"]
    assert old.insert(Before(id="b", colour="gold")), "the older program goes on beside the newer one"
    assert new.count(After, {"colour": "gold"}) == 2


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"source": "s"}, "documents_source"),
        ({"deleted_at": None}, "documents_deleted_at"),
        ({"changed_at": AtLeast(1.0)}, "documents_changed_at"),
    ],
)
def test_a_filter_walks_an_index(tmp_path: Path, where: Where, index: str) -> None:
    path = tmp_path / "records.db"
    filled(path, documents=1)
    parts, values = conditions(Document, where)
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT body FROM documents WHERE {parts[0]}", values).fetchall()
    assert index in plan[0][-1]
