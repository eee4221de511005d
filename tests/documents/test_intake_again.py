"""The same partition taken in twice: the canonical dump is the same to the byte, and the second run writes nothing."""

import io
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kintsugi.documents import intake
from kintsugi.index.dump import dump
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Labels, RunRef
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.git.address import address_of
from kintsugi.sources.git.files import GitFiles
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.places.selection import EVERYTHING
from kintsugi.sources.port import Source
from tests.documents.changing import FILES, Stream, write_files
from tests.sources.git_repository import Written
from tests.sources.opened_rows import Opener

Make = Callable[[Platform, Path], Source]


def folder(platform: Platform, place: Path) -> Source:
    write_files(place / "folder", 2)
    (place / "folder" / "page.html").write_text("<h1>Page</h1><p>A paragraph.</p>")
    (place / "folder" / "events.jsonl").write_text('{"at": 1, "what": "stopped"}\n{"at": 2, "what": "started"}\n')
    return FolderSource("again", place / "folder", Labels(), max_bytes=1_000_000)


def archive(platform: Platform, place: Path) -> Source:
    write_files(place / "packed", 2)
    (place / "folder").mkdir()
    with tarfile.open(place / "folder" / "notes.tar.xz", "w:xz") as packed:
        packed.add(place / "packed", "packed")
    return FolderSource("again", place / "folder", Labels(), max_bytes=1_000_000)


def listing_of_changes(platform: Platform, place: Path) -> Source:
    return Stream(2)


def repository(platform: Platform, place: Path) -> Source:
    written = Written(place / "docs.git")
    written.commit(FILES[1])
    opened = Repository("again", address_of(str(written.path)), "HEAD")
    return GitFiles("again", opened, EVERYTHING, Labels(), max_bytes=1_000_000)


def table(platform: Platform, place: Path) -> Source:
    with closing(sqlite3.connect(place / "shop.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE orders (id INTEGER, note TEXT, amount NUMERIC)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(n, f"Order {n}", n / 2) for n in range(5)])
    source: Source = Opener(platform, "tables")(url=f"sqlite:///{place}/shop.db", table="orders", key="id")
    return source


@pytest.mark.parametrize("make", [folder, archive, listing_of_changes, repository, table])
def test_the_same_partition_again_leaves_the_dump_as_it_is(make, platform, tmp_path):
    source = make(platform, tmp_path)
    dumps = []
    for run in ("first", "second", "second"):
        committed = intake.ingest(platform, source, "all", RunRef(dag="test", run_id=run))
        outcome = publish(platform, RunRef(dag="test", run_id=run))
        out = io.StringIO()
        dump(platform, out)
        dumps.append(out.getvalue())
        platform.clock.advance(1000)
    assert dumps[0].count("\n") > 2
    assert dumps[0] == dumps[1] == dumps[2]
    assert (committed.written, committed.deleted) == (0, 0)
    assert (outcome.embedded, outcome.written, outcome.deleted) == (0, 0, 0)
