"""A folder as a source."""

import os
from pathlib import Path

import pytest

from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.records import Labels
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.port import ItemVanished


def source(root: Path, **changes: object) -> FolderSource:
    return FolderSource("notes", root, Labels(), **{"max_bytes": 1_000_000, **changes})


def names(root: Path) -> list[str]:
    return [item.external_id for item in source(root).items()]


def test_files_come_in_the_same_order_whatever_the_file_system_says(tmp_path):
    for name in ("b.md", "a.md", "c/z.md", "c/y.md", "B.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert names(tmp_path) == ["B.md", "a.md", "b.md", "c/y.md", "c/z.md"]


def test_hidden_and_unfinished_files_are_passed_over(tmp_path):
    for name in (".hidden", "copy.pdf.part", "edit.md~", ".edit.md.swp", "load.crdownload", "real.md"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("text")
    assert names(tmp_path) == ["real.md"]


def test_a_single_file_is_a_source(tmp_path):
    (tmp_path / "one.md").write_text("text")
    (item,) = source(tmp_path / "one.md", prefix="x/").items()
    assert (item.external_id, item.media_type, item.read()) == ("x/one.md", "text/markdown", b"text")


def test_a_missing_root_is_an_outage_and_not_an_empty_folder(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"can't be listed.*next: create the folder"):
        list(source(tmp_path / "nowhere").items())
    assert not source(tmp_path / "nowhere").partition_ready("all", 0.0)


def test_a_root_that_vanishes_while_it_is_read_is_an_outage(tmp_path):
    root = tmp_path / "root"
    for folder in ("a", "b"):
        (root / folder).mkdir(parents=True)
        (root / folder / "x.md").write_text("text")
    items = source(root).items()
    next(items)
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceUnavailable):
        list(items)


def test_a_file_that_vanishes_before_it_is_read_says_so(tmp_path):
    (tmp_path / "a.md").write_text("text")
    (item,) = source(tmp_path).items()
    (tmp_path / "a.md").unlink()
    with pytest.raises(ItemVanished):
        item.read()


def test_link_loops_and_links_that_leave_the_folder_are_reported_and_not_followed(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (root / "real.md").write_text("text")
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "out.md").symlink_to(tmp_path / "secret.md")
    (root / "in.md").symlink_to(root / "real.md")
    refused = {}
    for item in source(root).items():
        try:
            assert item.read() == b"text"
        except DataError as error:
            refused[item.external_id] = (error.check, error.got)
    assert refused == {
        "loop": ("link", "a link to a folder"),
        "out.md": ("link", "a link that leaves the source's folder"),
        "self": ("link", "a link that leads nowhere or round in a circle"),
    }


def test_a_huge_file_is_refused_without_being_read(tmp_path):
    with (tmp_path / "huge.log").open("wb") as file:
        file.truncate(200_000_000)
    (item,) = source(tmp_path, max_bytes=32_000_000).items()
    with pytest.raises(DataError, match=r"too large; expected at most 32 MB; got 200.0 MB; next: split it") as caught:
        item.read()
    assert caught.value.check == "size"


def test_a_pipe_is_refused_instead_of_hanging(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (item,) = source(tmp_path).items()
    with pytest.raises(DataError, match="not a regular file"):
        item.read()


def test_strange_names_get_safe_ids_and_can_be_read(tmp_path):
    for name in (b"line\nbreak.md", b"caf\xe9.md", "\u202egpj.md".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"text")
    items = list(source(tmp_path).items())
    assert [item.external_id for item in items] == ["caf%E9.md", "line%0Abreak.md", "%E2%80%AEgpj.md"]
    assert all(item.read() == b"text" and item.locator.isascii() for item in items)
