"""The clone of a remote repository, fetched from a server that speaks git's own protocol."""

import shutil
import threading
from pathlib import Path

import pytest
from dulwich.pack import write_pack
from dulwich.refs import Ref

from kintsugi.documents.intake import ingest
from kintsugi.errors import ConfigurationError, SourceUnavailable, TerminalError
from kintsugi.locks import held
from kintsugi.records import Labels, Partition, RunRef
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.git.address import address_of
from kintsugi.sources.git.clone import Clone
from kintsugi.sources.git.files import GitFiles
from kintsugi.sources.git.history import GitHistory
from kintsugi.sources.git.received_pack import largest_object
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.places.selection import EVERYTHING
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.sources.git_repository import Served, Written, served

FETCH = "POST /team/docs.git/git-upload-pack"
MEGABYTE = 1_000_000


@pytest.fixture
def written(tmp_path) -> Written:
    written = Written(tmp_path / "origin.git")
    written.commit({"a.md": "one"})
    return written


@pytest.fixture
def server(written):
    with served(written) as server:
        yield server


def clone(server: Served, tmp_path: Path, **changes: object) -> Clone:
    values = {"source": "docs", "url": server.url, "folder": tmp_path / "git", "max_bytes": MEGABYTE}
    return Clone(**(values | changes))


def source(server: Served, tmp_path: Path, revision: str = "HEAD", **changes: object) -> GitFiles:
    repository = Repository("docs", address_of(server.url), revision, clone(server, tmp_path, **changes))
    return GitFiles("docs", repository, EVERYTHING, Labels(), max_bytes=MEGABYTE)


@pytest.fixture(params=[True, False], ids=["whole", "latest"])
def whole(request) -> bool:
    return request.param


def contents(files: GitFiles) -> dict[str, bytes]:
    return {item.external_id: item.read() for item in files.items()}


def noise(size: int, seed: int) -> bytes:
    import random

    return random.Random(seed).randbytes(size)


def test_a_remote_repository_is_fetched_once_and_then_what_is_new(server, written, tmp_path, whole):
    files = source(server, tmp_path, whole=whole)
    files.check()
    assert contents(files) == {"a.md": b"one"}
    assert contents(source(server, tmp_path, whole=whole)) == {"a.md": b"one"}
    assert server.requests.count(FETCH) == 1
    written.commit({"a.md": "one", "b.md": "two"})
    assert contents(files) == {"a.md": b"one", "b.md": b"two"}
    packs = sorted((clone(server, tmp_path, whole=whole).path / "objects" / "pack").glob("*.pack"))
    assert (len(packs), server.requests.count(FETCH)) == (2, 2)


def test_where_only_files_are_wanted_earlier_commits_are_not_fetched(server, written, tmp_path):
    written.commit({"big.bin": noise(3 * MEGABYTE, 1)})
    for n in range(3):
        written.commit({"a.md": f"text {n}"})
        assert contents(source(server, tmp_path, whole=False)) == {"a.md": f"text {n}".encode()}
    assert sum(each.stat().st_size for each in (tmp_path / "git").rglob("*.pack")) < MEGABYTE


def test_a_server_that_can_not_leave_earlier_commits_out_is_read_all_the_same(server, written, tmp_path, monkeypatch):
    from dulwich import server as dulwich_server

    handler = dulwich_server.UploadPackHandler
    able = handler.capabilities
    monkeypatch.setattr(handler, "capabilities", lambda self: [each for each in able(self) if each != b"shallow"])
    assert contents(source(server, tmp_path, whole=False)) == {"a.md": b"one"}
    written.commit({"a.md": "two"})
    assert contents(source(server, tmp_path, whole=False)) == {"a.md": b"two"}


def test_a_clone_in_many_pieces_is_made_anew(server, written, tmp_path, monkeypatch):
    from kintsugi.sources.git import clone as module

    monkeypatch.setattr(module, "_MAX_PACKS", 2)
    for n in range(5):
        written.commit({"a.md": f"text {n}"})
        assert contents(source(server, tmp_path)) == {"a.md": f"text {n}".encode()}
        assert len(list((tmp_path / "git").rglob("*.pack"))) <= 3


def test_branches_tags_and_commits_of_a_remote_repository_can_be_named(server, written, tmp_path):
    first = written.commit({"a.md": "two"})
    written.repo.refs[Ref(b"refs/tags/v1")] = written.repo[first].id
    written.commit({"a.md": "side"}, branch="side")
    written.commit({"a.md": "three"})
    names = ("side", "v1", first.decode(), first[:9].decode(), "main")
    found = [contents(source(server, tmp_path, name))["a.md"] for name in names]
    assert found == [b"side", b"two", b"two", b"two", b"three"]


def test_a_commit_that_is_here_is_read_without_asking_anybody(server, written, tmp_path):
    name = written.repo.head().decode()
    assert contents(source(server, tmp_path, name)) == {"a.md": b"one"}
    before = list(server.requests)
    assert contents(source(server, tmp_path, name)) == {"a.md": b"one"}
    assert server.requests == before


def test_a_branch_that_was_deleted_is_an_error_and_not_an_empty_listing(server, written, tmp_path):
    written.commit({"a.md": "side"}, branch="side")
    files = source(server, tmp_path, "side")
    assert contents(files) == {"a.md": b"side"}
    del written.repo.refs[Ref(b"refs/heads/side")]
    with pytest.raises(TerminalError, match="no revision 'side'"):
        list(files.items())


def test_the_connections_login_is_used_and_a_refused_one_is_final(server, tmp_path):
    server.login = ("ada", "hunter2")
    right = Credentials("git_docs", login="ada", password="hunter2")
    assert contents(source(server, tmp_path, credentials=right)) == {"a.md": b"one"}
    for wrong in (None, Credentials("git_docs", login="ada", password="old-secret")):
        with pytest.raises(TerminalError, match="refuses the login") as caught:
            list(source(server, tmp_path, credentials=wrong).items())
        assert "old-secret" not in str(caught.value)


def test_a_login_never_travels_unencrypted_through_a_network(platform):
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(
        "sources:\n  docs: {kind: git, connection: git_docs, options: {url: 'http://git.example.org/x.git'}}\n"
    )
    login = Credentials("git_docs", login="ada", password="hunter2")
    with pytest.raises(ConfigurationError, match=r"would travel to http://git.example.org/x.git unencrypted"):
        open_source(platform, "docs", credentials=login)


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (("200 OK", "text/html", b"<html>Please log in</html>"), SourceUnavailable, "docs.git"),
        (("200 OK", "application/x-git-upload-pack-advertisement", b"nonsense"), SourceUnavailable, "can't be fetched"),
        (("500 Internal Server Error", "text/plain", b"sorry"), SourceUnavailable, "can't be fetched"),
        (("503 Service Unavailable", "text/plain", b""), SourceUnavailable, "can't be fetched"),
        (("404 Not Found", "text/plain", b""), TerminalError, "no repository at"),
    ],
)
def test_what_is_no_git_server_says_so_and_leaves_the_clone_as_it_was(server, tmp_path, answer, error, text):
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}
    server.answer = answer
    with pytest.raises(error, match=text):
        list(source(server, tmp_path).items())
    server.answer = None
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}


def test_a_page_that_answers_200_is_never_an_empty_repository(server, tmp_path):
    server.answer = ("200 OK", "text/html", b"")
    with pytest.raises(SourceUnavailable, match="does not answer as a git server does"):
        list(source(server, tmp_path).items())


def test_a_remote_repository_without_a_commit_is_an_outage_until_there_is_one(tmp_path):
    empty = Written(tmp_path / "empty.git")
    with served(empty) as server:
        with pytest.raises(SourceUnavailable, match="no commit at HEAD"):
            list(source(server, tmp_path).items())
        empty.commit({"a.md": "one"})
        assert contents(source(server, tmp_path)) == {"a.md": b"one"}


def test_a_malformed_commit_does_not_stop_later_fetches(server, written, tmp_path):
    repository = Repository("log", address_of(server.url), "main", clone(server, tmp_path))
    written.odd_commit(b"Ada <a@x> 86400 +0000", by=b"Ada <a@x")
    source = GitHistory("log", repository, Labels())
    assert len(list(source.items())) == 2
    written.commit({"a.md": "two"})
    assert len(list(source.items_after("all", source.cursor))) == 1


def test_what_one_login_fetched_is_not_shown_to_another(server, written, tmp_path):
    ours = Credentials("git_docs", login="ada", password="hunter2")
    server.login = ("ada", "hunter2")
    name = written.repo.head().decode()
    assert contents(source(server, tmp_path, name, credentials=ours)) == {"a.md": b"one"}
    with pytest.raises(TerminalError, match="refuses the login"):
        list(source(server, tmp_path, name, credentials=Credentials("other", login="bob")).items())


def test_a_server_that_is_gone_is_an_outage(written, tmp_path):
    with served(written) as server:
        pass
    with pytest.raises(SourceUnavailable, match="can't be fetched"):
        source(server, tmp_path).check()


def test_a_repository_that_is_too_large_is_refused_before_it_fills_the_disk(server, written, tmp_path):
    written.commit({"big.bin": noise(3 * MEGABYTE, 1)})
    with pytest.raises(TerminalError, match=r"too large; expected at most 1 MB.*max_repository_mb"):
        list(source(server, tmp_path).items())
    assert not list((tmp_path / "git").rglob("*.pack"))


def test_a_small_answer_that_stands_for_gigabytes_is_not_unpacked(server, written, tmp_path, monkeypatch):
    from kintsugi.sources.git import clone as module

    monkeypatch.setattr(module, "MAX_OBJECT", 20_000_000)
    written.commit({"zeros.bin": b"\0" * 40_000_000})
    with pytest.raises(TerminalError, match=r"holds a file that is too large; expected at most 20 MB each; got 40 MB"):
        list(source(server, tmp_path).items())
    assert not list((tmp_path / "git").rglob("*.pack"))


def test_the_largest_object_of_a_pack_is_found_whatever_it_is_stored_as(written, tmp_path):
    long = b"".join(b"line %d\n" % n for n in range(50_000))
    for n in range(4):
        written.commit({"a.md": long + b"%d" % n, "b.md": "x"})
    objects = [(written.repo[sha], (3, b"same")) for sha in written.repo.object_store]
    for deltify in (False, True):
        write_pack(str(tmp_path / f"pack-{deltify}"), objects, written.repo.object_format, deltify=deltify)
        with (tmp_path / f"pack-{deltify}.pack").open("rb") as pack:
            assert largest_object(pack, 10**9) == len(long) + 1
    assert (tmp_path / "pack-True.pack").stat().st_size < (tmp_path / "pack-False.pack").stat().st_size


@pytest.mark.parametrize("keep", [0, 4, 11, 12, 13, 20, 100, 1000])
def test_a_pack_that_is_cut_short_is_no_pack(written, tmp_path, keep):
    written.commit({"b.bin": noise(3000, 1)})
    objects = [(written.repo[sha], (3, b"same")) for sha in written.repo.object_store]
    write_pack(str(tmp_path / "pack"), objects, written.repo.object_format)
    cut = tmp_path / "cut.pack"
    cut.write_bytes((tmp_path / "pack.pack").read_bytes()[:keep])
    with cut.open("rb") as pack, pytest.raises(ValueError, match=r"no pack|cut short|empty file"):
        largest_object(pack, 10**9)


def test_a_clone_that_rewritten_histories_filled_is_made_anew(server, written, tmp_path):
    for seed in range(4):
        written.commit({"a.md": f"try {seed}", "big.bin": noise(400_000, seed)}, parents=())
        assert contents(source(server, tmp_path))["a.md"] == f"try {seed}".encode()
    sizes = sum(each.stat().st_size for each in (tmp_path / "git").rglob("*.pack"))
    assert sizes <= MEGABYTE


def test_what_a_killed_fetch_left_behind_is_swept_away(server, tmp_path):
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}
    path = clone(server, tmp_path).path
    (path / "objects" / "pack" / "tmpabc.pack").write_bytes(b"PACK half")
    (path / "objects" / "tmp_pack_xyz").write_bytes(b"half")
    path.with_suffix(".new").mkdir()
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}
    assert len(list((tmp_path / "git").rglob("*pack*"))) == 3, "the folder, one pack and its index"


def test_a_clone_whose_making_was_killed_is_made_again(server, tmp_path):
    path = clone(server, tmp_path).path
    path.mkdir(parents=True)
    (path / "config").write_text("")
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}
    shutil.rmtree(path / "objects")
    assert contents(source(server, tmp_path)) == {"a.md": b"one"}


def test_one_process_at_a_time_fetches_and_the_others_wait_so_long(server, tmp_path):
    patient = clone(server, tmp_path, patience=0.05)
    lock = patient.path.with_suffix(".lock")
    with held(lock, patience=0), pytest.raises(SourceUnavailable, match="being fetched by another process"):
        patient.fetched("HEAD")
    assert patient.fetched("HEAD")


def test_many_that_fetch_at_once_all_read_the_same(server, tmp_path):
    found: list[dict[str, bytes]] = []
    threads = [threading.Thread(target=lambda: found.append(contents(source(server, tmp_path)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"a.md": b"one"}] * 6
    assert server.requests.count(FETCH) == 1


def test_a_remote_history_is_read_from_the_same_clone(server, written, tmp_path):
    written.commit({"a.md": "two"}, message="Say two")
    repository = Repository("log", address_of(server.url), "main", clone(server, tmp_path))
    assert [item.title for item in GitHistory("log", repository, Labels()).items()] == ["Say two", "Change something"]
    assert contents(source(server, tmp_path)) == {"a.md": b"two"}
    assert server.requests.count(FETCH) == 1


def test_an_outage_of_the_server_is_a_gap_that_the_next_run_fills(platform, server, written):
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(f"sources:\n  docs: {{kind: git, options: {{url: '{server.url}', include: ['**']}}}}\n")
    written.commit({"a.md": "# A page\n\nWith a sentence that is long enough to be worth keeping.\n"})
    server.answer = ("503 Service Unavailable", "text/plain", b"")
    with pytest.raises(SourceUnavailable):
        ingest(platform, "docs", "all", RUN)
    failed = platform.records.get(Partition, Partition.key_of("docs", "all"))
    assert failed is not None
    assert (failed.state, failed.error_class) == ("failed", "SourceUnavailable")
    server.answer = None
    assert ingest(platform, "docs", "all", RunRef(dag="test", run_id="run-2")).written == 1
    assert list((platform.settings.var / "git").glob("*.git"))
