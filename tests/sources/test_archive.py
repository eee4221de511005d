"""Archives as folders."""

import bz2
import gc
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.documents.intake import ingest
from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.records import Document, Labels, Partition, Quarantined
from kintsugi.sources.archives.found import Limits
from kintsugi.sources.files import FileSource, Reading
from kintsugi.sources.places.local import LocalPlace
from kintsugi.sources.port import RawItem
from tests.builders import RUN

NAMES = ("docs.zip", "docs.tar", "docs.tar.gz", "docs.tgz", "docs.tar.xz", "docs.tar.bz2")


def source(root: Path, *, max_bytes: int = 1_000_000, **limits: float) -> FileSource:
    reading = Reading(max_bytes=max_bytes, archives=Limits(**limits))
    return FileSource("notes", LocalPlace("notes", root), Labels(), reading)


def packed(path: Path, members: Mapping[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return path
    mode = {"gz": "w:gz", "tgz": "w:gz", "xz": "w:xz", "bz2": "w:bz2", "tar": "w"}[path.name.rsplit(".", 1)[-1]]
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def refusals(items: list[RawItem]) -> dict[str, str]:
    found = {}
    for item in items:
        try:
            item.read()
        except DataError as error:
            found[item.external_id] = error.check
    return found


def contents(items: list[RawItem]) -> dict[str, bytes]:
    return {item.external_id: item.read() for item in items}


@pytest.mark.parametrize("name", NAMES)
def test_members_are_items_below_the_name_of_their_archive(tmp_path, name):
    packed(tmp_path / name, {"inner/b.md": b"bee", "inner/a.md": b"ay", "./top.csv": b"a,b\n1,2\n"})
    items = list(source(tmp_path).items())
    assert contents(items) == {
        f"{name}/inner/b.md": b"bee",
        f"{name}/inner/a.md": b"ay",
        f"{name}/top.csv": b"a,b\n1,2\n",
    }
    assert [item.media_type for item in items] == ["text/markdown", "text/markdown", "text/csv"]
    assert items[0].locator == (tmp_path / name).as_uri() + "#inner/b.md"


@pytest.mark.parametrize("name", NAMES)
def test_members_can_be_read_in_any_order_and_twice(tmp_path, name):
    wanted = {f"{n}.txt": os.urandom(40_000) for n in range(9)}
    packed(tmp_path / name, wanted)
    items = list(source(tmp_path).items())
    for item in [*reversed(items), *items, items[3], items[3]]:
        assert item.read() == wanted[item.external_id.removeprefix(f"{name}/")]


def test_the_digest_tells_whether_a_member_changed_whatever_the_archive_says_of_time_and_packing(tmp_path):
    members = {"a.md": b"same", "b.md": b"before"}
    before = {item.external_id: item.raw_digest for item in source(packed(tmp_path / "docs.tar.xz", members)).items()}
    with tarfile.open(tmp_path / "docs.tar.xz", "w:xz", preset=1) as archive:
        for name, data in {**members, "b.md": b"after!"}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
    after = {item.external_id: item.raw_digest for item in source(tmp_path / "docs.tar.xz").items()}
    assert {name for name in before if before[name] != after[name]} == {"docs.tar.xz/b.md"}


def test_a_single_packed_file_is_an_archive_with_one_member(tmp_path):
    for suffix, pack in (("gz", gzip.compress), ("xz", lzma.compress), ("bz2", bz2.compress)):
        (tmp_path / f"note.md.{suffix}").write_bytes(pack(b"# Note\n"))
    assert contents(list(source(tmp_path).items())) == {
        f"note.md.{suffix}/note.md": b"# Note\n" for suffix in ("bz2", "gz", "xz")
    }


def test_of_two_members_with_one_name_the_later_counts_as_unpacking_has_it(tmp_path):
    with tarfile.open(tmp_path / "docs.tar", "w") as archive:
        for data in (b"old", b"newer"):
            info = tarfile.TarInfo("a.md")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert contents(list(source(tmp_path).items())) == {"docs.tar/a.md": b"newer"}


def test_hidden_and_unfinished_members_are_passed_over(tmp_path):
    packed(tmp_path / "docs.zip", {".git/config": b"x", "__MACOSX/._a.md": b"x", "a.md~": b"x", "a.md": b"text"})
    assert list(contents(list(source(tmp_path).items()))) == ["docs.zip/a.md"]


def test_names_that_lead_out_of_the_archive_are_only_names(tmp_path):
    packed(tmp_path / "docs.tar", {"../../up.md": b"up", "/etc/passwd": b"root", "a\nb.md": b"line"})
    assert list(contents(list(source(tmp_path).items()))) == [
        "docs.tar/%2E%2E/%2E%2E/up.md",
        "docs.tar/%2Fetc/passwd",
        "docs.tar/a%0Ab.md",
    ]


def test_links_devices_and_archives_inside_archives_are_refused_and_the_rest_is_read(tmp_path):
    with tarfile.open(tmp_path / "docs.tar.gz", "w:gz") as archive:
        for name, kind in (("soft.md", tarfile.SYMTYPE), ("hard.md", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in ("more.zip", "a.md"):
            info = tarfile.TarInfo(name)
            info.size = 4
            archive.addfile(info, io.BytesIO(b"text"))
    items = list(source(tmp_path).items())
    assert refusals(items) == {
        "docs.tar.gz/soft.md": "link",
        "docs.tar.gz/hard.md": "link",
        "docs.tar.gz/null": "regular-file",
        "docs.tar.gz/more.zip": "nested-archive",
    }
    assert items[-1].read() == b"text"


def test_a_link_in_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
        info = zipfile.ZipInfo("link.md")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert refusals(list(source(tmp_path).items())) == {"docs.zip/link.md": "link"}


@pytest.mark.parametrize("name", NAMES)
def test_a_member_above_the_size_limit_is_refused_alone(tmp_path, name):
    packed(tmp_path / name, {"big.md": b"x" * 5000, "small.md": b"text"})
    items = list(source(tmp_path, max_bytes=4000).items())
    assert refusals(items) == {f"{name}/big.md": "size"}
    assert items[1].read() == b"text"


@pytest.mark.parametrize("name", NAMES)
def test_what_unpacks_to_far_more_than_it_is_packed_is_a_bomb(tmp_path, name):
    packed(tmp_path / name, {f"{n}.txt": bytes(900_000) for n in range(5)})
    (item,) = source(tmp_path, free_bytes=1_000_000, total_bytes=4_000_000).items()
    with pytest.raises(DataError, match=rf"{name}: unpacks to too much; expected at most .*next: split it") as caught:
        item.read()
    assert (item.external_id, caught.value.check) == (name, "bomb")


def test_a_bomb_in_a_single_packed_file_is_met_before_it_is_unpacked(tmp_path):
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(bytes(20_000_000)))
    assert refusals(list(source(tmp_path, free_bytes=1_000_000).items())) == {"bomb.txt.gz": "bomb"}


@pytest.mark.parametrize("name", ["docs.zip", "docs.tar.xz"])
def test_more_members_than_may_be_are_a_bomb(tmp_path, name):
    packed(tmp_path / name, {f"{n}.txt": b"x" for n in range(11)})
    assert refusals(list(source(tmp_path, members=10).items())) == {name: "bomb"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.97])
def test_an_archive_that_was_cut_off_is_refused_as_one(tmp_path, name, share):
    whole = packed(tmp_path / name, {f"{n}.md": os.urandom(3000) for n in range(8)})
    size = whole.stat().st_size
    os.truncate(whole, int((size - (10_240 if name == "docs.tar" else 0)) * share))
    listed = source(tmp_path)
    assert refusals(list(listed.items())) == {name: "damaged"}
    assert (listed.complete, listed.unlisted) == (True, (name,))


def test_a_tar_whose_next_header_is_broken_does_not_end_there(tmp_path):
    whole = packed(tmp_path / "docs.tar", {"a.md": b"a" * 512, "b.md": b"b"})
    data = bytearray(whole.read_bytes())
    data[1024:1100] = b"\xff" * 76
    whole.write_bytes(data)
    assert refusals(list(source(tmp_path).items())) == {"docs.tar": "damaged"}


def test_a_tar_header_that_promises_a_name_of_gigabytes_is_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 7_000_000_000
    (tmp_path / "docs.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    assert refusals(list(source(tmp_path).items())) == {"docs.tar": "damaged"}


def test_an_encrypted_zip_is_refused_with_what_to_do(tmp_path):
    whole = packed(tmp_path / "docs.zip", {"a.md": b"text"})
    data = bytearray(whole.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    whole.write_bytes(data)
    (item,) = source(tmp_path).items()
    with pytest.raises(DataError, match=r"docs.zip: encrypted; .*next: pack it again without a password"):
        item.read()


@pytest.mark.parametrize(("lie", "check"), [(1, "damaged"), (9, "length")])
def test_a_member_whose_header_lies_about_its_length_is_refused_alone(tmp_path, lie, check):
    whole = packed(tmp_path / "docs.zip", {"lies.md": b"text", "true.md": b"text"})
    data = bytearray(whole.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, lie)
    whole.write_bytes(data)
    items = list(source(tmp_path).items())
    assert refusals(items) == {"docs.zip/lies.md": check}
    assert items[1].read() == b"text"


def test_a_zip_that_promises_a_huge_directory_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "docs.zip").write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 0xF0000000, 0, 0))
    assert refusals(list(source(tmp_path).items())) == {"docs.zip": "bomb"}


def test_an_archive_that_is_written_to_while_it_is_read_is_an_outage(tmp_path):
    whole = packed(tmp_path / "docs.tar", {"a.md": b"before"})
    (item,) = source(tmp_path).items()
    data = whole.read_bytes()
    with whole.open("r+b") as file:
        file.write(data.replace(b"before", b"after!"))
    with pytest.raises(SourceUnavailable, match=r"was written to while it was read.*next: put archives in place"):
        item.read()


def test_an_archive_that_is_replaced_while_it_is_read_stays_what_was_listed(tmp_path):
    whole = packed(tmp_path / "docs.tar.xz", {"a.md": b"before"})
    (item,) = source(tmp_path).items()
    packed(tmp_path / "other.tar.xz", {"a.md": b"after"}).replace(whole)
    assert item.read() == b"before"


def test_no_archive_stays_open_once_its_items_are_forgotten(tmp_path):
    packed(tmp_path / "docs.tar.xz", {"a.md": b"text"})
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(20):
        contents(list(source(tmp_path).items()))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 1 if before else True


def test_one_member_is_found_again_without_its_siblings(tmp_path):
    packed(tmp_path / "docs.zip", {"in/a.md": b"ay", "b.md": b"bee"})
    found = source(tmp_path).item("all", "docs.zip/in/a.md")
    assert found is not None
    assert found.read() == b"ay"
    assert source(tmp_path).item("all", "docs.zip/in/gone.md") is None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from((*NAMES, "a.md.gz", "a.md.xz", "a.md.bz2")),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=4),
    cut=st.floats(0, 1),
)
def test_any_damage_is_refused_and_stops_nothing_else(tmp_path, name, changes, cut):
    whole = tmp_path / name
    if name.startswith("docs"):
        packed(whole, {"in/a.md": b"text " * 300, "b.md": b"more"})
    else:
        whole.write_bytes({"gz": gzip, "xz": lzma, "bz2": bz2}[name.rsplit(".", 1)[-1]].compress(b"text " * 300))
    data = bytearray(whole.read_bytes())
    for at, new in changes:
        data[int(at * len(data)) : int(at * len(data)) + len(new)] = new
    whole.write_bytes(data[: int(len(data) * (cut if cut < 0.5 else 1))])
    (tmp_path / "z.md").write_bytes(b"fine")
    *_, last = source(tmp_path, max_bytes=100_000).items()
    refusals(list(source(tmp_path, max_bytes=100_000).items()))
    assert (last.external_id, last.read()) == ("z.md", b"fine")
    whole.unlink()


class TestIngested:
    """An archive taken in, edited, broken and mended."""

    @pytest.fixture
    def inbox(self, tmp_path: Path) -> Path:
        root = tmp_path / "in"
        root.mkdir()
        return root

    @pytest.fixture
    def take(self, platform, inbox) -> Callable[[int], Partition]:
        return lambda number: ingest(platform, source(inbox), "all", RUN.model_copy(update={"run_id": f"run-{number}"}))

    def living(self, platform) -> dict[str, str]:
        found = platform.records.scan(Document, {"source": "notes"})
        return {each.external_id: each.raw_digest for each in found if each.deleted_at is None}

    def test_adds_edits_and_deletions_inside_an_archive_are_right(self, platform, inbox, take):
        packed(inbox / "docs.tar.xz", {"a.md": b"# A\n\nOne.\n", "b.md": b"# B\n\nTwo.\n"})
        take(1)
        before = self.living(platform)
        packed(inbox / "docs.tar.xz", {"a.md": b"# A\n\nOne.\n", "c.md": b"# C\n\nThree.\n"})
        take(2)
        after = self.living(platform)
        assert set(after) == {"docs.tar.xz/a.md", "docs.tar.xz/c.md"}
        assert after["docs.tar.xz/a.md"] == before["docs.tar.xz/a.md"]

    def test_an_archive_that_is_cut_off_deletes_nothing_and_is_taken_in_once_it_is_whole(self, platform, inbox, take):
        whole = packed(inbox / "docs.tar.xz", {f"{n}.md": f"# {n}\n\nText {n}.\n".encode() for n in range(5)})
        data = whole.read_bytes()
        take(1)
        before = self.living(platform)
        whole.write_bytes(data[: len(data) // 2])
        take(2)
        assert self.living(platform) == before
        (refusal,) = platform.records.scan(Quarantined, {"state": "held"})
        assert (refusal.item, refusal.check) == ("docs.tar.xz", "damaged")
        whole.write_bytes(data)
        take(3)
        assert self.living(platform) == before
        assert not list(platform.records.scan(Quarantined, {"state": "held"}))

    def test_taking_the_same_archive_in_again_writes_nothing(self, platform, inbox, take):
        packed(inbox / "docs.zip", {"a.md": b"# A\n\nOne.\n"})
        take(1)
        before = list(platform.records.scan(Document, {"source": "notes"}))
        take(2)
        assert list(platform.records.scan(Document, {"source": "notes"})) == before
