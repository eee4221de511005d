"""Files of any place: what is wanted of them, and object stores."""

from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.documents.intake import ingest
from kintsugi.errors import ConfigurationError, DataError, SourceUnavailable, TerminalError
from kintsugi.platform import Platform
from kintsugi.records import Document, Labels
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.files import FileSource, Reading
from kintsugi.sources.kind import Opening
from kintsugi.sources.kinds.files import KIND
from kintsugi.sources.places.objects import ObjectPlace, storage_options, without_credentials
from kintsugi.sources.places.selection import Selection
from kintsugi.sources.port import ItemVanished
from tests.builders import RUN


class TaggedStore(MemoryFileSystem):
    """Objects in memory with an entity tag each, as S3 has them; counts what is read and can refuse."""

    protocol = "tagged"
    store: dict[str, Any] = {}
    pseudo_dirs = [""]
    cachable = False
    opened: list[str] = []
    refuses: type[Exception] | None = None

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("tagged://").strip("/")

    def _said(self, told: dict[str, Any]) -> dict[str, Any]:
        if self.refuses:
            raise self.refuses("no")
        known = self.store.get(told["name"])
        return {**told, "ETag": f'"{hash(known.getvalue())}"'} if known is not None else told

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[Any]:
        return [self._said(told) for told in super().ls(path, detail=True, **kwargs)]

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        return self._said(super().info(path, **kwargs))

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        if mode == "rb":
            self.opened.append(path)
        return super()._open(path, mode, **kwargs)


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> type[TaggedStore]:
    fsspec.register_implementation("tagged", TaggedStore, clobber=True)
    for kind in (TaggedStore, MemoryFileSystem):
        monkeypatch.setattr(kind, "store", {})
        monkeypatch.setattr(kind, "pseudo_dirs", [""])
    monkeypatch.setattr(TaggedStore, "opened", [])
    monkeypatch.setattr(TaggedStore, "refuses", None)
    return TaggedStore


def put(url: str, data: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(data)


def objects(url: str, **reading: Any) -> FileSource:
    return FileSource("far", ObjectPlace("far", url, {}), Labels(), Reading(**{"max_bytes": 1_000_000, **reading}))


def test_objects_come_in_the_same_order_with_the_names_below_the_url():
    for name in ("b.md", "a.md", "c/z.md", "c/y.md", ".hidden", "c/.git/config", "load.part"):
        put(f"memory://bucket/docs/{name}", b"text")
    put("memory://bucket/other.md", b"text")
    items = list(objects("memory://bucket/docs").items())
    assert [item.external_id for item in items] == ["a.md", "b.md", "c/y.md", "c/z.md"]
    assert {item.read() for item in items} == {b"text"}
    assert items[2].locator == "memory://bucket/docs/c/y.md"


def test_a_single_object_is_a_source():
    put("memory://bucket/one.md", b"text")
    (item,) = objects("memory://bucket/one.md").items()
    assert (item.external_id, item.read(), item.locator) == ("one.md", b"text", "memory://bucket/one.md")


def test_a_store_with_nothing_at_the_url_is_an_outage_and_not_an_empty_folder():
    with pytest.raises(SourceUnavailable, match=r"memory://nowhere.* can't be read.*next: create it"):
        list(objects("memory://nowhere").items())
    assert not objects("memory://nowhere").partition_ready("all", 0.0)


def test_an_object_that_vanishes_before_it_is_read_says_so():
    put("memory://bucket/a.md", b"text")
    (item,) = objects("memory://bucket").items()
    MemoryFileSystem().rm("/bucket/a.md")
    with pytest.raises(ItemVanished):
        item.read()


def test_a_huge_object_is_refused():
    put("memory://bucket/a.md", b"x" * 2000)
    (item,) = objects("memory://bucket", max_bytes=1000).items()
    with pytest.raises(DataError, match="too large"):
        item.read()


def test_an_object_that_has_fewer_bytes_than_it_says_is_refused(monkeypatch):
    put("memory://bucket/a.md", b"x" * 2000)
    (item,) = objects("memory://bucket").items()
    opened = MemoryFileSystem._open

    def short(self: MemoryFileSystem, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        file = opened(self, path, mode, **kwargs)
        read = file.read
        file.read = lambda size=-1: read(500)
        return file

    monkeypatch.setattr(MemoryFileSystem, "_open", short)
    with pytest.raises(
        DataError, match=r"ends too early; expected 2000 bytes, as it says itself; got 500 bytes"
    ) as caught:
        item.read()
    assert caught.value.check == "length"


def test_an_object_whose_tag_is_as_it_was_is_not_read(platform: Platform, store: type[TaggedStore]):
    put("tagged://bucket/a.md", b"# A\n\nOne.\n")
    put("tagged://bucket/b.md", b"# B\n\nTwo.\n")
    ingest(platform, objects("tagged://bucket"), "all", RUN)
    assert sorted(store.opened) == ["/bucket/a.md", "/bucket/b.md"]
    store.opened.clear()
    put("tagged://bucket/b.md", b"# B\n\nThree.\n")
    ingest(platform, objects("tagged://bucket"), "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert store.opened == ["/bucket/b.md"]


def test_an_object_without_a_strong_tag_is_always_read():
    put("memory://bucket/a.md", b"text")
    (item,) = objects("memory://bucket").items()
    assert item.raw_digest == ""


def test_adds_edits_and_deletions_in_a_store_are_right(platform: Platform):
    for name, text in (("a.md", b"One."), ("b.md", b"Two."), ("in/c.md", b"Three.")):
        put(f"memory://bucket/{name}", text)
    ingest(platform, objects("memory://bucket"), "all", RUN)
    MemoryFileSystem().rm("/bucket/b.md")
    put("memory://bucket/a.md", b"Another.")
    put("memory://bucket/d.md", b"Four.")
    ingest(platform, objects("memory://bucket"), "all", RUN.model_copy(update={"run_id": "run-2"}))
    living = {each.external_id for each in platform.records.scan(Document, {"source": "far"}) if not each.deleted_at}
    assert living == {"a.md", "d.md", "in/c.md"}


def test_an_archive_in_a_store_is_a_folder():
    with fsspec.open("memory://bucket/docs.zip", "wb") as file:
        import zipfile

        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("in/a.md", "text")
    (item,) = objects("memory://bucket").items()
    assert (item.external_id, item.read()) == ("docs.zip/in/a.md", b"text")


def test_refused_credentials_end_the_run_for_good_and_any_other_trouble_for_now(store: type[TaggedStore]):
    put("tagged://bucket/a.md", b"text")
    store.refuses = PermissionError
    with pytest.raises(TerminalError, match=r"tagged://bucket refuses these credentials"):
        list(objects("tagged://bucket").items())
    store.refuses = TimeoutError
    with pytest.raises(SourceUnavailable, match=r"got TimeoutError"):
        list(objects("tagged://bucket").items())


def test_credentials_that_expire_while_objects_are_read_end_the_run(store: type[TaggedStore], monkeypatch):
    put("tagged://bucket/a.md", b"text")
    (item,) = objects("tagged://bucket").items()

    def expired(*_: Any, **__: Any) -> None:
        raise PermissionError("ExpiredToken")

    monkeypatch.setattr(TaggedStore, "_open", expired)
    with pytest.raises(DataError, match="an object that these credentials may read"):
        item.read()
    store.refuses = PermissionError
    with pytest.raises(TerminalError):
        item.read()


def test_a_scheme_without_its_package_says_which_to_install():
    with pytest.raises(ConfigurationError, match=r"next: install the package \(s3fs for s3://"):
        objects("gs://bucket/x").check()


def test_whether_a_store_is_ready_tells_an_outage_from_refused_credentials(store: type[TaggedStore]):
    put("tagged://bucket/a.md", b"text")
    assert objects("tagged://bucket").partition_ready("all", 0.0)
    store.refuses = TimeoutError
    assert not objects("tagged://bucket").partition_ready("all", 0.0)
    store.refuses = PermissionError
    with pytest.raises(TerminalError, match="next: correct the connection"):
        objects("tagged://bucket").partition_ready("all", 0.0)


def test_files_have_one_partition():
    with pytest.raises(TerminalError, match="expected the partition 'all'"):
        objects("memory://bucket").partition_ready("2026-11-26", 0.0)


def test_no_password_is_shown_in_a_locator_or_an_error():
    assert without_credentials("s3://key:secret@bucket/path?token=secret#x") == "s3://bucket/path"
    with pytest.raises(SourceUnavailable) as caught:
        list(objects("memory://me:secret@bucket/x").items())
    assert "secret" not in str(caught.value)


def test_a_connection_is_said_in_the_words_of_the_store():
    s3 = Credentials("c", login="key", password="hidden", extra={"region_name": "eu", "endpoint_url": "http://x"})
    assert storage_options(s3, "s3") == {
        "key": "key",
        "secret": "hidden",
        "client_kwargs": {"region_name": "eu", "endpoint_url": "http://x"},
    }
    assert storage_options(Credentials("c", login="me", password="hidden"), "sftp") == {
        "username": "me",
        "password": "hidden",
    }
    assert storage_options(None, "s3") == {}


@pytest.mark.parametrize(
    ("include", "exclude", "wanted"),
    [
        ((), (), {"a.md", "b.txt", "docs/c.md", "docs/drafts/d.md", "e.zip/in/f.md"}),
        (("*.md",), (), {"a.md", "docs/c.md", "docs/drafts/d.md", "e.zip/in/f.md"}),
        (("docs/*.md",), (), {"docs/c.md"}),
        (("docs/**",), (), {"docs/c.md", "docs/drafts/d.md"}),
        (("**/drafts/*",), (), {"docs/drafts/d.md"}),
        ((), ("drafts",), {"a.md", "b.txt", "docs/c.md", "e.zip/in/f.md"}),
        ((), ("docs/", "*.zip"), {"a.md", "b.txt"}),
        (("[ab].*",), ("[!a].txt",), {"a.md"}),
        (("?.md",), ("/a.md",), {"docs/c.md", "docs/drafts/d.md", "e.zip/in/f.md"}),
    ],
)
def test_patterns_include_and_exclude(include, exclude, wanted):
    selection = Selection(include, exclude)
    paths = ("a.md", "b.txt", "docs/c.md", "docs/drafts/d.md", "e.zip/in/f.md")
    assert {path for path in paths if selection.wants(path)} == wanted


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_pattern_is_one(pattern, path):
    Selection((pattern,), (pattern,)).wants(path)


def test_members_of_archives_are_included_by_their_own_names(tmp_path, platform):
    import zipfile

    with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
        for name in ("a.md", "b.txt", "old/c.md"):
            archive.writestr(name, "text")
    config = SourceConfig(name="notes", kind="files", options={})
    options = KIND.options.model_validate({"path": str(tmp_path), "include": ["*.md"], "exclude": ["docs.zip/old"]})
    opened = KIND.open(Opening(config, options, platform.settings, platform.clock, lambda: platform.records))
    assert [item.external_id for item in opened.items("all")] == ["docs.zip/a.md"]


@pytest.mark.parametrize("path", ["file://{home}/notes", "{home}/notes", "notes"])
def test_a_local_folder_is_named_by_its_path_or_url(platform, path):
    (platform.settings.home / "notes").mkdir()
    (platform.settings.home / "notes" / "a.md").write_text("text")
    config = SourceConfig(name="notes", kind="files", options={})
    options = KIND.options.model_validate({"path": path})
    opened = KIND.open(Opening(config, options, platform.settings, platform.clock, lambda: platform.records))
    assert [item.external_id for item in opened.items("all")] == ["a.md"]
    assert opened.item("all", "a.md").read() == b"text"
    assert opened.item("all", "../secret") is None
    assert opened.item("all", "b.md") is None
