"""The files of a repository at a revision."""

from pathlib import Path

import pytest
from dulwich.objects import Blob, ObjectID, ShaFile, Tag, Tree
from dulwich.pack import write_pack
from dulwich.refs import Ref

from kintsugi.documents.identity import document_id
from kintsugi.documents.intake import ingest
from kintsugi.errors import ConfigurationError, DataError, SourceUnavailable, TerminalError
from kintsugi.records import Document, Labels, Partition, Quarantined, RunRef
from kintsugi.settings import load_settings
from kintsugi.sources.config import load_sources
from kintsugi.sources.git.address import address_of
from kintsugi.sources.git.files import GitFiles
from kintsugi.sources.git.object_size import memory_to_read
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.places.selection import EVERYTHING, Selection
from kintsugi.sources.port import RawItem
from tests.builders import RUN
from tests.sources.git_repository import LINK, SUBMODULE, Written

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.fixture
def written(tmp_path) -> Written:
    return Written(tmp_path / "docs.git")


def source(written: Written, revision: str = "HEAD", selection: Selection = EVERYTHING, **changes: object) -> GitFiles:
    repository = Repository("docs", address_of(str(written.path)), revision)
    return GitFiles("docs", repository, selection, Labels(), **{"max_bytes": 1_000_000, **changes})


def contents(items) -> dict[str, bytes]:
    return {item.external_id: item.read() for item in items}


def page(title: str) -> str:
    return f"# {title}\n\nWhat {title.lower()} is about, in a sentence that is long enough to be worth keeping.\n"


def refusal(item: RawItem) -> str:
    with pytest.raises(DataError) as caught:
        item.read()
    return caught.value.check


def configured(platform, entry: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"sources:\n  docs: {entry}\n")


def taken_in(platform, run: str = "run-1") -> Partition:
    return ingest(platform, "docs", "all", RunRef(dag="test", run_id=run), accept_loss=True)


def test_edits_additions_and_deletions_of_a_push_are_taken_in_and_nothing_else_is_written(platform, written):
    configured(platform, f"{{kind: git, options: {{url: '{written.path}'}}}}")
    written.commit({"a.md": page("One"), "b.md": page("Two"), "docs/c.md": page("Three"), "code.c": "int x;"})
    first = taken_in(platform)
    assert (first.seen, first.written) == (3, 3)
    assert taken_in(platform, "run-2").written == 0
    written.commit({"a.md": page("One, better"), "docs/c.md": page("Three"), "d.md": page("Four")})
    third = taken_in(platform, "run-3")
    assert (third.written, third.skipped, third.deleted) == (2, 1, 1)
    gone = platform.records.get(Document, document_id("docs", "b.md"))
    assert gone is not None
    assert gone.deleted_at is not None


def test_a_refused_file_is_quarantined_and_the_others_go_on(platform, written):
    configured(platform, f"{{kind: git, options: {{url: '{written.path}'}}}}")
    written.commit({"a.md": page("One"), "big.md": POINTER, "mod": (SUBMODULE, b"")})
    assert (taken_in(platform).written, taken_in(platform, "run-2").refused) == (1, 2)
    assert {each.check for each in platform.records.scan(Quarantined, {})} == {"lfs-pointer", "submodule"}


@pytest.mark.parametrize("revision", ["main", "refs/heads/main", "heads/main", "v1", "v1-note", "HEAD"])
def test_a_revision_is_a_branch_or_a_tag(written, revision):
    name = written.commit({"a.md": "text"})
    written.repo.refs[Ref(b"refs/tags/v1")] = ObjectID(name)
    note = Tag()
    note.name, note.message, note.tagger = b"v1-note", b"first", b"Ada <a@example.org>"
    note.tag_time = note.tag_timezone = 0
    note.object = (type(written.repo[name]), ObjectID(name))
    written.repo.object_store.add_object(note)
    written.repo.refs[Ref(b"refs/tags/v1-note")] = note.id
    assert contents(source(written, revision).items()) == {"a.md": b"text"}


@pytest.mark.parametrize("length", [40, 10])
def test_a_revision_is_a_commit_and_stays_at_it(written, length):
    name = written.commit({"a.md": "old"})
    written.commit({"a.md": "new"})
    assert contents(source(written, name[:length].decode()).items()) == {"a.md": b"old"}


@pytest.mark.parametrize("revision", ["nowhere", "0" * 40, "abcdef123456"])
def test_a_revision_that_is_not_there_is_an_error_and_not_an_empty_listing(written, revision):
    written.commit({"a.md": "text"})
    with pytest.raises(TerminalError, match=rf"no revision '{revision}'"):
        list(source(written, revision).items())


def test_a_tag_on_a_file_is_no_revision(written):
    written.commit({"a.md": "text"})
    written.repo.refs[Ref(b"refs/tags/v1")] = Blob.from_string(b"text").id
    with pytest.raises(TerminalError, match="got a tag on something else"):
        list(source(written, "v1").items())


def test_an_empty_repository_and_a_folder_without_one_are_outages(written, tmp_path):
    with pytest.raises(SourceUnavailable, match="no commit at HEAD"):
        list(source(written).items())
    (tmp_path / "empty").mkdir()
    nothing = Repository("docs", address_of(str(tmp_path / "empty")), "HEAD")
    with pytest.raises(SourceUnavailable, match="can't be read"):
        nothing.check()


def test_a_missing_object_is_an_outage_so_that_nothing_is_deleted(written):
    written.commit({"a.md": "text", "docs/b.md": "text"})
    tree = written.repo[written.repo.head()].tree
    below = written.repo[tree][b"docs"][1].decode()
    (written.path / "objects" / below[:2] / below[2:]).unlink()
    with pytest.raises(SourceUnavailable, match="can't be read"):
        list(source(written).items())


def test_what_has_no_content_in_the_repository_is_refused_with_its_reason(written):
    written.commit({"link.md": (LINK, b"a.md"), "lfs.md": POINTER, "mod": (SUBMODULE, b""), "a.md": "text"})
    items = {item.external_id: item for item in source(written).items()}
    assert {name: refusal(items[name]) for name in ("link.md", "lfs.md", "mod")} == {
        "link.md": "link",
        "lfs.md": "lfs-pointer",
        "mod": "submodule",
    }
    assert items["a.md"].read() == b"text"


def test_patterns_choose_among_files_and_leave_submodules_out(written):
    written.commit({"a.md": "a", "docs/b.md": "b", "docs/c.txt": "c", "old/d.md": "d", "old/mod": (SUBMODULE, b"")})
    chosen = Selection(include=("*.md",), exclude=("old/**",))
    assert contents(source(written, selection=chosen).items()) == {"a.md": b"a", "docs/b.md": b"b"}


def test_a_path_narrows_the_source_to_a_folder_and_has_to_be_there(written):
    written.commit({"a.md": "a", "docs/en/b.md": "b"})
    assert contents(source(written, under="/docs/en/").items()) == {"docs/en/b.md": b"b"}
    for missing in ("nowhere", "a.md"):
        with pytest.raises(SourceUnavailable, match=f"has no folder {missing}"):
            list(source(written, under=missing).items())


def test_strange_names_get_safe_ids_and_can_be_found_again(written):
    names = [b"caf\xe9.md", b"line\nbreak.md", "\u202egpj.md".encode(), b"50%.md", b"..%2f.md"]
    written.commit(dict.fromkeys(names, "text"))
    items = list(source(written).items())
    assert {item.external_id for item in items} == {
        "caf%E9.md",
        "line%0Abreak.md",
        "%E2%80%AEgpj.md",
        "50%25.md",
        "..%252f.md",
    }
    for item in items:
        again = source(written).item("all", item.external_id)
        assert again is not None
        assert (again.raw_digest, again.read(), again.locator) == (item.raw_digest, b"text", item.locator)
        assert item.locator.isascii()


def test_one_file_is_found_without_the_others_and_a_folder_is_none(written):
    written.commit({"docs/a.md": "text"})
    assert source(written).item("all", "docs/a.md") is not None
    assert [source(written).item("all", name) for name in ("docs", "docs/b.md", "docs/a.md/x", "x")] == [None] * 4


def test_a_huge_file_is_refused_by_its_header(written):
    written.commit({"huge.md": b"x" * 3_000_000, "a.md": "text"})
    items = {item.external_id: item for item in source(written).items()}
    assert refusal(items["huge.md"]) == "size"
    written.repo.object_store.pack_loose_objects()
    assert refusal({item.external_id: item for item in source(written).items()}["huge.md"]) == "size"


def test_a_small_file_that_hangs_on_a_huge_one_is_refused(written, tmp_path):
    huge = b"".join(b"line %d\n" % n for n in range(200_000))
    name = written.commit({"huge.md": huge, "small.md": huge[:2000]})
    objects: list[tuple[ShaFile, tuple[int, bytes | None]]] = []
    tree = written.repo[written.repo[name].tree]
    for entry in tree.items():
        objects.append((written.repo[entry.sha], (Blob.type_num, b"same.md")))
    packs = written.path / "objects" / "pack"
    write_pack(str(packs / ("pack-" + "1" * 40)), objects, written.repo.object_format, deltify=True)
    for entry in tree.items():
        loose = entry.sha.decode()
        (written.path / "objects" / loose[:2] / loose[2:]).unlink()
    store = Repository("docs", address_of(str(written.path)), "HEAD").store().object_store
    sizes = [memory_to_read(store, entry.sha) for entry in tree.items()]
    assert sizes == [len(huge), len(huge)]
    assert {item.external_id: refusal(item) for item in source(written).items()} == {
        "huge.md": "size",
        "small.md": "size",
    }


def test_folders_inside_each_other_that_stand_for_billions_of_files_stop_the_listing(written):
    written.commit({"a.md": "text"})
    store = written.repo.object_store
    tree = written.repo[written.repo.head()].tree
    for _ in range(12):
        above = Tree()
        for n in range(10):
            above.add(b"%d" % n, 0o040000, tree)
        store.add_object(above)
        tree = above.id
    commit = written.repo[written.repo.head()].copy()
    commit.tree = tree
    store.add_object(commit)
    written.repo.refs[Ref(b"refs/heads/main")] = commit.id
    with pytest.raises(TerminalError, match="more than 5,000 files"):
        list(source(written, max_files=5000).items())


def test_folders_that_never_end_are_refused_and_the_rest_is_listed(written):
    written.commit({"/".join(["d"] * 300) + "/deep.md": "text", "e.md": "text"})
    deep, last = source(written).items()
    assert (refusal(deep), last.external_id) == ("depth", "e.md")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{url: 'https://ada:hunter2@example.org/x.git'}", "an address without a login"),
        ("{url: 'ssh://git@example.org/x.git'}", "begins with https"),
        ("{url: /x, include: ['[z-a].md']}", "patterns of names"),
        ("{url: /x, what: history, path: docs}", "what: files"),
    ],
)
def test_options_that_make_no_sense_are_named_with_file_and_line_and_no_password(settings, options, expected):
    path = settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(f"sources:\n  docs:\n    kind: git\n    options: {options}\n")
    (error,) = load_sources(settings).errors
    assert "sources.yaml, line 4" in str(error)
    assert expected in str(error)
    assert "hunter2" not in str(error)


def test_files_are_not_cut_into_days(platform, written):
    configured(platform, f"{{kind: git, partition: day, options: {{url: '{written.path}'}}}}")
    with pytest.raises(ConfigurationError, match="not cut into days"):
        ingest(platform, "docs", "2025-11-25", RUN)


def test_a_relative_path_lies_below_the_platforms_home(platform, tmp_path):
    assert load_settings({"KINTSUGI_HOME": str(tmp_path)}).home == tmp_path
    written = Written(Path(tmp_path) / "own.git")
    written.commit({"a.md": page("One")})
    configured(platform, "{kind: git, options: {url: own.git}}")
    assert taken_in(platform).written == 1
