"""A table with a watermark: each run goes on where the last one ended, and loses nothing."""

import json
from typing import Any

import pytest

from kintsugi.documents.intake.fetch import fetch
from kintsugi.documents.intake.ingest import ingest
from kintsugi.errors import DataError
from tests.builders import RUN
from tests.sources.opened_rows import NOW, Opener, living, texts


@pytest.fixture
def source(opened):
    return opened(watermark="at", overlap_seconds=60)


def test_the_first_run_lists_everything_and_the_next_what_is_new(source, insert):
    insert((1, "x", 1, "2026-11-24 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    assert set(texts(source.items_after("all", ""))) == {"1", "2"}
    assert source.complete
    insert((3, "x", 1, "2026-11-24 20:30:00"))
    assert set(texts(source.items_after("all", source.cursor))) == {"2", "3"}
    assert not source.complete


def test_what_was_committed_late_within_the_overlap_still_comes(source, insert):
    insert((1, "x", 1, "2026-11-24 20:00:00"))
    list(source.items_after("all", ""))
    insert((2, "late", 1, "2026-11-24 19:59:10"), (3, "too late", 1, "2026-11-24 19:58:00"))
    assert set(texts(source.items_after("all", source.cursor))) == {"1", "2"}


def test_a_clock_that_is_ahead_hides_nothing(source, insert):
    insert((1, "ahead", 1, "2027-11-24 20:00:00"))
    list(source.items_after("all", ""))
    assert json.loads(source.cursor)["time"] == "2026-11-26T17:12:14+00:00"
    insert((2, "on time", 1, "2026-11-26 17:12:14"))
    assert set(texts(source.items_after("all", source.cursor))) == {"1", "2"}


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000, 1_000_000_000])
def test_a_numeric_time_that_is_ahead_hides_nothing(source, insert, unit):
    insert((1, "ahead", 1, (int(NOW) + 86_400) * unit), (2, "before", 1, (int(NOW) - 86_400) * unit))
    list(source.items_after("all", ""))
    insert((3, "on time", 1, int(NOW + 1) * unit))
    assert set(texts(source.items_after("all", source.cursor))) == {"1", "3"}


@pytest.mark.parametrize("counter", [7, 10**6, 10**10, 10**17])
def test_a_counter_is_no_time(source, insert, counter):
    insert((1, "x", 1, counter))
    list(source.items_after("all", ""))
    assert json.loads(source.cursor)["number"] == str(counter)


def test_a_row_without_a_watermark_comes_every_time(source, insert):
    insert((1, "x", 1, None), (2, "x", 1, "2026-11-24 20:00:00"), (3, "x", 1, "2026-11-20 20:00:00"))
    list(source.items_after("all", ""))
    assert set(texts(source.items_after("all", source.cursor))) == {"1", "2"}


@pytest.mark.parametrize("lost", ["", "{}", "nonsense", '{"time": "x", "full_at": 0, "shape": ""}', "[]", "null"])
def test_a_lost_cursor_lists_everything(source, insert, lost):
    insert((1, "x", 1, "2026-11-24 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    assert len(list(source.items_after("all", lost))) == 2
    assert source.complete


def test_a_restored_backup_lists_everything(source, insert, change):
    insert((1, "x", 1, "2026-11-24 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    list(source.items_after("all", ""))
    change("DELETE FROM orders WHERE id = 2")
    assert set(texts(source.items_after("all", source.cursor))) == {"1"}
    assert source.complete


def test_an_emptied_table_is_listed_as_empty(source, insert, change):
    insert((1, "x", 1, "2026-11-24 19:00:00"))
    list(source.items_after("all", ""))
    change("DELETE FROM orders")
    assert list(source.items_after("all", source.cursor)) == []
    assert source.complete


def test_everything_is_listed_again_after_a_while(platform, tmp_path, insert):
    now = [NOW]
    open_one = Opener(platform, "tables", lambda: now[0])
    source = open_one(url=f"sqlite:///{tmp_path}/shop.db", table="orders", key="id", watermark="at", full_every=2)
    insert((1, "x", 1, "2026-11-20 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    list(source.items_after("all", ""))
    now[0] += 3600
    assert len(list(source.items_after("all", source.cursor))) == 1
    now[0] += 3600
    assert len(list(source.items_after("all", source.cursor))) == 2
    assert source.complete


@pytest.mark.parametrize(
    "other",
    [
        {"text": "{{ note }}"},
        {"format": "markdown"},
        {"mapping": {"note": "remark"}},
        {"table": "", "query": "SELECT * FROM orders WHERE id > 0"},
    ],
)
def test_what_makes_other_documents_of_the_rows_lists_everything(opened, source, insert, other):
    insert((1, "x", 1, "2026-11-20 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    list(source.items_after("all", ""))
    changed = opened(watermark="at", overlap_seconds=60, **other)
    assert len(list(changed.items_after("all", source.cursor))) == 2


def test_of_two_rows_of_one_key_the_latest_is_taken_and_the_other_refused(source, insert, platform):
    insert((1, "old", 1, "2026-11-20 19:00:00"), (1, "new", 1, "2026-11-24 20:00:00"), (2, "x", 1, None))
    committed = ingest(platform, source, "all", RUN)
    assert (committed.written, committed.refused) == (2, 1)
    assert living(platform) == ["1", "2"]
    first, second, _ = source.items_after("all", "")
    assert b"new" in first.read()
    assert second.external_id == "1#2"
    with pytest.raises(DataError, match="2 rows of the key 1; expected each key once"):
        second.read()


def test_numbers_that_grow_are_a_watermark(opened, insert):
    insert(*((n, "x", n * 10, None) for n in range(1, 6)))
    source = opened(watermark="amount", overlap_seconds=10)
    list(source.items_after("all", ""))
    assert json.loads(source.cursor)["number"] == "50"
    insert((6, "x", 60, None))
    assert set(texts(source.items_after("all", source.cursor))) == {"4", "5", "6"}


def test_a_listing_that_breaks_off_has_no_cursor(source, insert):
    insert((1, "x", 1, "2026-11-24 19:00:00"), (2, "x", 1, "2026-11-24 20:00:00"))
    items = source.items_after("all", "")
    next(items)
    assert (source.cursor, source.complete) == ("", False)


def test_a_run_that_ended_before_its_commit_moves_no_cursor(opened, insert, platform):
    source = opened(watermark="at")
    insert((1, "x", 1, "2026-11-20 19:00:00"))
    ingest(platform, source, "all", RUN)
    insert((2, "x", 1, "2026-11-24 20:00:00"))
    fetch(platform, source, "all", RUN.model_copy(update={"run_id": "killed"}))
    insert((3, "x", 1, "2026-11-25 20:00:00"))
    ingest(platform, source, "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert living(platform) == ["1", "2", "3"]


def test_an_incremental_run_finds_edits_at_once_and_deletions_with_the_next_complete_listing(
    platform, tmp_path, insert, change
):
    now = [NOW]
    open_one = Opener(platform, "tables", lambda: now[0])

    def run(number: int) -> Any:
        source = open_one(url=f"sqlite:///{tmp_path}/shop.db", table="orders", key="id", watermark="at")
        return ingest(platform, source, "all", RUN.model_copy(update={"run_id": f"run-{number}"}))

    insert(*((n, f"order number {n}", n, f"2026-11-{n + 10} 19:00:00") for n in range(1, 6)))
    assert run(1).written == 5
    change("UPDATE orders SET note = 'changed', at = '2026-11-20 19:00:00' WHERE id = 2")
    change("DELETE FROM orders WHERE id = 3")
    second = run(2)
    assert (second.written, second.deleted) == (1, 0)
    assert second.seen < 5
    now[0] += 24 * 3600
    third = run(3)
    assert (third.written, third.deleted) == (0, 1)
    assert living(platform) == ["1", "2", "4", "5"]
