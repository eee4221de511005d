"""The history of a repository as events."""

import itertools
import time
from pathlib import Path

import pytest
from dulwich.refs import Ref
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.documents.identity import document_id
from kintsugi.documents.intake import ingest
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.records import Document, Labels, Partition, RunRef
from kintsugi.sources.git.address import address_of
from kintsugi.sources.git.commits import all_commits, commits_since, dated_commits
from kintsugi.sources.git.history import GitDays, GitHistory
from kintsugi.sources.git.repository import Repository
from tests.sources.git_repository import LINK, NOON, SUBMODULE, Written

DAY = 86_400
LATER = NOON + 400 * DAY


@pytest.fixture
def written(tmp_path) -> Written:
    return Written(tmp_path / "docs.git")


def repository(written: Written) -> Repository:
    return Repository("log", address_of(str(written.path)), "main")


def history(written: Written) -> GitHistory:
    return GitHistory("log", repository(written), Labels())


def days(written: Written, now: float = LATER) -> GitDays:
    return GitDays("log", repository(written), Labels(), lambda: now)


def titles(items) -> list[str]:
    return [item.title for item in items]


def account(written: Written) -> str:
    return next(history(written).items()).read().decode()


def configured(platform, written: Written, partition: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    options = f"{{url: '{written.path}', what: history, revision: main}}"
    path.write_text(f"sources:\n  log: {{kind: git, partition: {partition}, options: {options}}}\n")


def taken_in(platform, partition: str, run: str) -> Partition:
    return ingest(platform, "log", partition, RunRef(dag="test", run_id=run), accept_loss=True)


def is_gone(platform, name: bytes) -> bool:
    found = platform.records.get(Document, document_id("log", name.decode()))
    assert found is not None
    return found.deleted_at is not None


def test_a_commit_says_who_changed_what_and_shows_the_difference_but_no_address(written):
    written.commit({"a.md": "one\ntwo\nthree\n", "old.md": "x\n", "p.bin": b"\0\1"})
    written.commit(
        {
            "a.md": "one\n2\nthree\nfour\n",
            "new.md": "n\n",
            "p.bin": b"\0\2",
            "l": (LINK, b"a.md"),
            "m": (SUBMODULE, b""),
        },
        message="Say two as a number\n\nIt is shorter.\n\nSigned-off-by: Bob <bob@example.org>\n",
    )
    text = account(written)
    assert text.startswith("# Say two as a number\n\nCommit `")
    assert "by Ada Example, 2025-11-25 12:00:00 UTC." in text
    assert "It is shorter." in text
    assert "Signed-off-by: Bob\n" in text
    assert "@example.org" not in text
    for line in (
        "- `a.md` modified, +2 −1",
        "- `new.md` added, +1 −0",
        "- `old.md` deleted, +0 −1",
        "- `p.bin` modified (binary)",
        "- `l` added (link)",
        "- `m` added (submodule)",
        "-two\n+2\n three\n+four",
    ):
        assert line in text, line


def test_the_same_history_gives_the_same_items_and_the_same_bytes(written):
    for n in range(5):
        written.commit({"a.md": f"{n}\n"}, message=f"Commit {n}")
    first, second = ([(i.external_id, i.raw_digest, i.read()) for i in history(written).items()] for _ in range(2))
    assert first == second
    assert len({digest for _, digest, _ in first}) == 5


def test_a_merge_names_its_parents_and_repeats_no_difference(written):
    base = written.commit({"a.md": "a\n"})
    side = written.commit({"a.md": "a\n", "b.md": "b\n"}, branch="side", parents=(base,))
    written.commit({"a.md": "a\n", "b.md": "b\n"}, message="Merge side", parents=(base, side))
    text = account(written)
    assert f"Parents: `{base.decode()[:12]}`, `{side.decode()[:12]}`." in text
    assert "Files changed" not in text


def test_a_commit_that_touches_everything_has_a_readable_account(written):
    written.commit({f"f{n:04}.md": "".join(f"line {k}\n" for k in range(200)) for n in range(500)})
    text = account(written)
    assert "- and 300 more" in text
    assert "(lines not counted)" in text
    assert len(text) < 40_000


def test_a_file_too_large_to_compare_is_named_and_not_read(written):
    written.commit({"big.txt": b"x\n" * 300_000, "long.txt": b"\n" * 5000})
    text = account(written)
    assert "- `big.txt` added (large)" in text
    assert "- `long.txt` added (long)" in text


@pytest.mark.parametrize("at", [0, 2**31, 253_402_300_800, 2**60])
def test_a_date_that_no_calendar_has_is_no_reason_to_fail(written, at):
    written.commit({"a.md": "a"}, at=at)
    (item,) = history(written).items()
    assert item.read().startswith(b"# Change something")


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        (b"<nobody@example.org>", "an unnamed author"),
        (b"ada@example.org <ada@example.org>", "ada"),
        (b"A\xe9 <a@example.org>", "A\ufffd"),
        (b"  Ada\t Example  <a@example.org>", "Ada Example"),
    ],
)
def test_an_odd_author_gets_a_name_that_can_be_shown(written, author, shown):
    written.commit({"a.md": "a"}, author=author)
    (item,) = history(written).items()
    assert item.metadata["author"] == shown


@pytest.mark.parametrize(
    "encoding", [b"idna", b"undefined", b"utf-7", b"hex", b"nonsense", b"\xff", b"a\0b", b"punycode", b"unicode_escape"]
)
def test_an_odd_encoding_does_not_stop_the_history(written, encoding):
    name = written.commit({"a.md": "a"}, message="Say +2AA- and \\ud800\n\nxn--" + "." * 70, encoding=encoding)
    written.commit({"a.md": "b"}, message="After")
    odd = list(history(written).items())[1]
    assert odd.title.encode()
    assert odd.read().startswith(b"# ")
    assert name.decode() in odd.read().decode()


@pytest.mark.parametrize("long", [" \n", "<a@", "<" + "@a" * 10])
def test_a_long_message_is_read_in_time_in_proportion_to_its_length(written, long):
    written.commit({"a.md": "a"}, message="Title <a@x> here\n\n<" + long * 60_000 + "end")
    started = time.process_time()
    assert account(written).startswith("# Title")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (b"Ada <a@x> 86400 +051800", DAY),
        (b"Ada <a@x 86400 +0000", DAY),
        (b"Ada a@x 86400 +0000", DAY),
        (b"Ada <a@x> -5 +0000", -5),
        (b"Ada <a@x>", 0),
        (b"", 0),
        (b"Ada <a@x> 99999999999999999999 +0000", 0),
    ],
)
def test_one_malformed_commit_does_not_hide_the_history(written, line, seconds):
    written.commit({"a.md": "a"}, message="Before")
    name = written.odd_commit(line)
    items = list(history(written).items())
    assert titles(items) == ["Odd", "Before"]
    assert items[0].read().startswith(b"# Odd")
    assert repository(written).commit(name).time == seconds


def test_only_new_commits_are_listed_after_the_first_time(written):
    written.commit({"a.md": "1"}, message="One")
    source = history(written)
    assert titles(source.items_after("all", "")) == ["One"]
    assert (source.cursor, source.complete) == (written.repo.refs[Ref(b"refs/heads/main")].decode(), True)
    written.commit({"a.md": "2"}, message="Two")
    assert titles(source.items_after("all", source.cursor)) == ["Two"]
    assert source.complete is False
    assert titles(source.items_after("all", source.cursor)) == []


def test_the_cursor_does_not_move_past_what_was_not_yielded(written):
    for n in range(3):
        written.commit({"a.md": str(n)})
    source = history(written)
    items = source.items_after("all", "")
    next(items)
    assert source.cursor == ""


def test_commits_that_are_pushed_late_are_taken_in_whatever_their_date(platform, written):
    configured(platform, written, "all")
    base = written.commit({"a.md": "a"}, message="Base", at=NOON)
    main = written.commit({"a.md": "b"}, message="Main", at=NOON + 9 * DAY)
    assert taken_in(platform, "all", "run-1").written == 2
    side = written.commit({"a.md": "a", "s.md": "s"}, message="Side", at=NOON - 9 * DAY, branch="s", parents=(base,))
    written.commit({"a.md": "b", "s.md": "s"}, message="Merge", at=NOON + 10 * DAY, parents=(main, side))
    second = taken_in(platform, "all", "run-2")
    assert (second.seen, second.written, second.deleted) == (2, 2, 0)
    assert taken_in(platform, "all", "run-3").seen == 0


def test_commits_that_a_rewritten_history_no_longer_has_are_deleted(platform, written):
    configured(platform, written, "all")
    base = written.commit({"a.md": "a"}, message="Base")
    gone = written.commit({"a.md": "b"}, message="To be rewritten")
    assert taken_in(platform, "all", "run-1").written == 2
    kept = written.commit({"a.md": "c"}, message="Rewritten", parents=(base,))
    second = taken_in(platform, "all", "run-2")
    assert (second.written, second.skipped, second.deleted) == (1, 1, 1)
    assert (is_gone(platform, gone), is_gone(platform, kept), is_gone(platform, base)) == (True, False, False)


def test_a_cursor_that_the_repository_does_not_know_lists_everything(written):
    written.commit({"a.md": "1"}, message="One")
    for unknown in ("0" * 40, "nonsense", "12"):
        source = history(written)
        assert titles(source.items_after("all", unknown)) == ["One"]
        assert source.complete is True


def test_one_commit_is_found_by_its_name(written):
    name = written.commit({"a.md": "1"}, message="One").decode()
    assert history(written).item("all", name).title == "One"
    assert [history(written).item("all", other) for other in ("0" * 40, "x", name[:8])] == [None] * 3


def test_a_missing_commit_is_an_outage_so_that_nothing_is_deleted(written):
    first = written.commit({"a.md": "1"}).decode()
    written.commit({"a.md": "2"})
    (written.path / "objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(SourceUnavailable, match="can't be read"):
        list(history(written).items())


def test_a_shallow_repository_ends_where_it_was_cut(written):
    written.commit({"a.md": "1", "b.md": "1"}, message="One")
    cut = written.commit({"a.md": "2", "b.md": "1"}, message="Two")
    (Path(written.path) / "shallow").write_bytes(cut + b"\n")
    (item,) = history(written).items()
    assert item.title == "Two"
    assert b"Files changed" not in item.read(), "what it changed can't be known"


def test_a_day_has_the_commits_whose_date_in_utc_falls_into_it(written):
    start = NOON - 12 * 3600
    for at, name in ((start - 1, "Before"), (start, "First"), (start + DAY - 1, "Last"), (start + DAY, "After")):
        written.commit({"a.md": name}, message=name, at=at)
    assert titles(days(written).items("2025-11-25")) == ["First", "Last"]
    assert titles(days(written).items("2020-01-01")) == []
    with pytest.raises(TerminalError, match="a day in UTC"):
        list(days(written).items("2025-11"))


def test_a_day_is_ready_when_it_is_over(written):
    end = NOON + DAY // 2
    assert [days(written).partition_ready("2025-11-25", now) for now in (end - 1, end)] == [False, True]


def test_a_day_that_is_run_again_writes_nothing_and_loses_what_was_rewritten(platform, written, clock):
    configured(platform, written, "day")
    clock.now = LATER
    base = written.commit({"a.md": "a"}, message="Base", at=NOON)
    gone = written.commit({"a.md": "b"}, message="To be rewritten", at=NOON + 60)
    written.commit({"a.md": "c"}, message="The next day", at=NOON + DAY)
    assert taken_in(platform, "2025-11-25", "run-1").written == 2
    assert taken_in(platform, "2025-11-25", "run-2").written == 0
    assert taken_in(platform, "2025-11-26", "run-3").written == 1
    written.commit({"a.md": "d"}, message="Rewritten", at=NOON + 120, parents=(base,))
    again = taken_in(platform, "2025-11-25", "run-4")
    assert (again.written, again.deleted) == (1, 1)
    assert is_gone(platform, gone)


def test_a_commit_of_a_clock_that_is_ahead_counts_to_the_day_of_the_commit_built_on_it(written):
    written.commit({"a.md": "a"}, message="Right", at=NOON)
    written.commit({"a.md": "b"}, message="Far ahead", at=NOON + 900 * DAY)
    written.commit({"a.md": "c"}, message="Ahead, too", at=NOON + 800 * DAY)
    written.commit({"a.md": "d"}, message="Right again", at=NOON + 60)
    assert set(titles(days(written, now=NOON + DAY).items("2025-11-25"))) == {
        "Right",
        "Far ahead",
        "Ahead, too",
        "Right again",
    }


def test_a_clock_that_was_behind_hides_nothing_that_came_before(written):
    written.commit({"a.md": "a"}, message="Right", at=NOON)
    written.commit({"a.md": "b"}, message="Behind", at=0)
    assert titles(days(written).items("2025-11-25")) == ["Right"]
    assert titles(days(written).items("1970-01-01")) == ["Behind"]


@st.composite
def histories(draw) -> list[tuple[tuple[int, ...], int]]:
    """Commits as (parents among the earlier ones, date); dates as wrong as they please."""
    size = draw(st.integers(1, 14))
    commits = []
    for n in range(size):
        parents = draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True)) if n else []
        commits.append((tuple(parents), draw(st.integers(0, 6))))
    return commits


numbers = itertools.count()


@settings(max_examples=60)
@given(histories(), st.data())
def test_new_commits_are_never_left_out_and_a_rewritten_history_is_always_noticed(tmp_path_factory, commits, data):
    written = Written(tmp_path_factory.getbasetemp() / f"random-{next(numbers)}.git")
    names: list[bytes] = []
    before: list[set[bytes]] = []
    for n, (parents, at) in enumerate(commits):
        names.append(written.commit({"n": str(n)}, at=at, parents=tuple(names[each] for each in parents)))
        before.append({names[n]}.union(*(before[each] for each in parents)))
    tip, old = (data.draw(st.integers(0, len(names) - 1)) for _ in range(2))
    known = repository(written)
    listed = list(all_commits(known, names[tip]))
    assert (set(listed), len(listed)) == (before[tip], len(before[tip]))
    new = commits_since(known, names[tip], names[old])
    if names[old] not in before[tip]:
        assert new is None
    else:
        assert new is not None
        assert before[tip] - before[old] <= set(new) <= before[tip]
    dated = list(dated_commits(known, names[tip], now=3))
    assert sorted(name for _, name in dated) == sorted(before[tip])
