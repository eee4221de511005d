"""Logs among files: a document for each kind of message, made again only when the log has changed."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from kintsugi.documents.intake import ingest
from kintsugi.errors import DataError
from kintsugi.records import Document, Labels
from kintsugi.sources import log_events as module
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.log_events import LogEvents
from tests.builders import RUN

LOG = "".join(
    f"2026-11-01T10:{n:02}:00Z INFO connection from 10.0.0.{n} accepted\n"
    f"2026-11-01T10:{n:02}:30Z ERROR disk {n} is full\n"
    for n in range(20)
).encode()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def source(root: Path, tmp_path: Path) -> FolderSource:
    return FolderSource("notes", root, Labels(), max_bytes=2_000, logs=LogEvents(tmp_path / "kept"))


def texts(source: FolderSource) -> dict[str, str]:
    return {item.external_id: item.read().decode() for item in source.items()}


def mined(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    calls: list[float] = []
    mine = module.mine_log

    def counted(stream, *, now):
        calls.append(now)
        return mine(stream, now=now)

    monkeypatch.setattr(module, "mine_log", counted)
    return calls


def test_each_kind_of_message_is_an_item_whatever_the_size_of_the_log(root, source):
    (root / "app.log").write_bytes(LOG * 20)
    items = list(source.items())
    assert len(items) == 2
    assert {item.external_id.partition("#")[0] for item in items} == {"app.log"}
    assert len({item.external_id for item in items}) == 2
    assert all(item.media_type == "text/markdown" and item.metadata["events"] == "400" for item in items)
    assert any("disk" in item.title for item in items)
    assert "400 events" in items[0].read().decode()


def test_a_log_as_it_was_is_not_mined_again_and_a_longer_one_is(root, source, monkeypatch):
    calls = mined(monkeypatch)
    (root / "app.log").write_bytes(LOG)
    first = texts(source)
    os.utime(root / "app.log", (1, 1))
    assert texts(source) == first
    assert len(calls) == 1
    with (root / "app.log").open("ab") as file:
        file.write(b"2026-11-01T11:00:00Z WARNING swap is low\n")
    assert len(texts(source)) == len(first) + 1
    assert len(calls) == 2


def test_what_is_kept_may_be_lost_or_broken_at_any_time(root, source, tmp_path):
    (root / "app.log").write_bytes(LOG)
    first = texts(source)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.unlink()
    assert texts(source) == first
    kept.write_bytes(b"\xff broken")
    assert texts(source) == first


def test_items_can_be_read_after_the_log_was_listed_again(root, source):
    (root / "app.log").write_bytes(LOG)
    (item, *_) = source.items()
    before = item.read()
    (root / "app.log").write_bytes(LOG.replace(b"disk", b"tape"))
    list(source.items())
    assert item.read() == before


def test_nothing_is_kept_of_a_log_that_is_gone(root, source, tmp_path):
    (root / "app.log").write_bytes(LOG)
    (root / "old.log").write_bytes(LOG)
    list(source.items())
    (root / "old.log").unlink()
    list(source.items())
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_what_a_killed_run_left_is_removed(root, source, tmp_path):
    (root / "app.log").write_bytes(LOG)
    list(source.items())
    (tmp_path / "kept" / "half.jsonl.99.part").write_bytes(b"half")
    list(source.items())
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".jsonl"]


def test_a_packed_log_and_one_in_an_archive_are_mined_too(root, source):
    (root / "app.log.2.gz").write_bytes(gzip.compress(LOG))
    with tarfile.open(root / "host.tar.xz", "w:xz") as archive:
        for name, data in (("a.md", b"text"), ("var/app.log", LOG), ("z.md", b"more")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    found = texts(source)
    assert {name.partition("#")[0] for name in found} == {
        "app.log.2.gz/app.log.2",
        "host.tar.xz/a.md",
        "host.tar.xz/var/app.log",
        "host.tar.xz/z.md",
    }
    assert len(found) == 6


@pytest.mark.parametrize(("data", "check"), [(b"\x7fELF" + bytes(100), "binary"), (bytes(5000), "binary")])
def test_a_log_that_is_none_is_refused(root, source, data, check):
    (root / "app.log").write_bytes(data)
    (item,) = source.items()
    with pytest.raises(DataError) as caught:
        item.read()
    assert (item.external_id, caught.value.check, source.complete) == ("app.log", check, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_log_in_utf_16_says_the_same(root, source, encoding):
    (root / "app.log").write_bytes(LOG * 2000)
    first = texts(source)
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    (root / "app.log").write_bytes(mark + (LOG * 2000).decode().encode(encoding))
    assert texts(source) == first


def test_a_log_in_an_archive_that_is_none_is_refused_alone(root, source):
    with tarfile.open(root / "host.tar.gz", "w:gz") as archive:
        for name, data in (("core.log", bytes(5000)), ("app.log", LOG)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    refused, *events = source.items()
    with pytest.raises(DataError, match="binary"):
        refused.read()
    assert refused.external_id == "host.tar.gz/core.log"
    assert len(events) == 2
    assert source.complete


def test_an_unreadable_log_is_refused_and_what_is_known_of_it_stays(root, source, monkeypatch):
    (root / "app.log").write_bytes(LOG)

    def unreadable(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", unreadable)
    (item,) = source.items()
    monkeypatch.undo()
    with pytest.raises(DataError, match="Permission denied"):
        item.read()
    assert (source.complete, source.unlisted) == (True, ("app.log",))


def test_an_empty_log_says_nothing(root, source):
    (root / "app.log").write_bytes(b"")
    assert list(source.items()) == []


def test_a_line_of_ten_megabytes_passes(root, source):
    (root / "app.log").write_bytes(LOG + b"INFO " + b"x" * 10_000_000 + b"\n" + LOG)
    assert all(len(text) < 100_000 for text in texts(source).values())


def test_an_event_is_found_again_by_its_name(root, source):
    (root / "app.log").write_bytes(LOG)
    (item, *_) = source.items()
    found = source.item("all", item.external_id)
    assert found is not None
    assert found.read() == item.read()
    assert source.item("all", "app.log#gone") is None


def test_events_that_a_log_no_longer_has_are_deleted_and_a_second_run_writes_nothing(root, source, platform):
    (root / "app.log").write_bytes(LOG)
    ingest(platform, source, "all", RUN)
    first = list(platform.records.scan(Document, {"source": "notes"}))
    ingest(platform, source, "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert list(platform.records.scan(Document, {"source": "notes"})) == first
    (root / "app.log").write_bytes(b"".join(line for line in LOG.splitlines(True) if b"disk" in line))
    ingest(platform, source, "all", RUN.model_copy(update={"run_id": "run-3"}))
    (living,) = (each for each in platform.records.scan(Document, {"source": "notes"}) if each.deleted_at is None)
    assert "disk" in living.title
