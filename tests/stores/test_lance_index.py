"""The contract on LanceDB, its upkeep, its turns, and its life beside forks and in threads."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import lancedb
import pytest

from kintsugi.errors import TerminalError
from kintsugi.locks import turn
from kintsugi.stores.lance import LanceIndex, reading, upkeep
from kintsugi.stores.search import SearchIndex
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, exactly, nearest
from tests.stores.search_index_contract import SearchIndexContract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "index"


@pytest.fixture
def reopen(folder: Path) -> Callable[[], SearchIndex]:
    return partial(LanceIndex, folder)


@pytest.fixture
def index(folder: Path) -> Iterator[SearchIndex]:
    opened = LanceIndex(folder)
    yield opened
    opened.close()


@pytest.fixture
def index_again(folder: Path) -> Iterator[SearchIndex]:
    opened = LanceIndex(folder)
    yield opened
    opened.close()


class TestLanceIndex(SearchIndexContract):
    """LanceDB keeps the contract."""


def word(n: int) -> str:
    """Return one of fifty words that share no part."""
    return f"{'abcdefghij'[n % 10]}{'vwxyz'[n % 50 // 10]}lq"


def words(n: int) -> str:
    return f"common {word(n)}"


def test_entries_that_a_search_found_are_taken_from_their_rows_also_after_these_were_moved(
    index: LanceIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.create("g", DIMENSION)
    for n in range(4):
        index.write("g", [entry(f"{n}{m}", words(m)) for m in range(5)])
    taken = []
    entries_of = reading.entries_of
    monkeypatch.setattr(
        reading, "entries_of", lambda table, ids, rows: (taken.append(len(rows)), entries_of(table, ids, rows))[1]
    )
    found = [hit.id for hit in index.search_text("g", "common", 20, EVERYTHING)]
    before = [exactly(each) for each in index.entries("g", found)]
    assert (len(before), taken) == (20, [20])
    table = lancedb.connect(folder).open_table("g")
    fragments = table.stats()["fragment_stats"]["num_fragments"]
    upkeep.compact(table)
    assert table.stats()["fragment_stats"]["num_fragments"] < fragments
    assert [exactly(each) for each in index.entries("g", found)] == before
    index.close()


def test_what_was_written_is_found_before_any_refresh(index: SearchIndex, index_again: SearchIndex) -> None:
    index.create("g", DIMENSION)
    index.write("g", [entry(f"{n:04}", words(n)) for n in range(700)])
    index.refresh("g")
    index.write("g", [entry("0001", "changed words"), entry("new", f"{word(1)} of late")])
    index.delete("g", ["0051"])
    found = {hit.id for hit in index_again.search_text("g", word(1), 50, EVERYTHING)}
    assert found == {"new", *(f"{n:04}" for n in range(1, 700, 50))} - {"0001", "0051"}
    assert [hit.id for hit in index_again.search_text("g", "changed", 5, EVERYTHING)] == ["0001"]


def test_a_refresh_indexes_what_is_new_and_merges_small_files_and_then_has_nothing_to_do(
    index: SearchIndex, folder: Path
) -> None:
    index.create("g", DIMENSION)
    for n in range(40):
        index.write("g", [entry(f"{n:02}-{m:02}", words(m)) for m in range(50)])
        index.refresh("g")
    table = lancedb.connect(str(folder)).open_table("g")
    condition = upkeep.condition(table)
    assert condition.unindexed < upkeep.UNINDEXED_ROWS
    assert condition.fragments <= upkeep.FRAGMENTS
    before = table.version
    index.refresh("g")
    index.refresh("g")
    assert lancedb.connect(str(folder)).open_table("g").version == before
    assert len(index.search_text("g", word(7), 99, EVERYTHING)) == 40
    assert index.count("g") == 2000


def test_a_large_index_gets_a_vector_index_and_still_finds_the_nearest_and_the_newest(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(upkeep, "VECTOR_INDEX_ROWS", 3000)
    made = [entry(f"{n:04}", vector=direction(n, dimension=16)) for n in range(3000)]
    index.create("g", 16)
    index.write("g", made[:2999])
    index.refresh("g")
    table = lancedb.connect(str(folder)).open_table("g")
    assert not any("vector" in each.columns for each in table.list_indices())
    index.write("g", made[2999:])
    index.refresh("g")
    table.checkout_latest()
    assert any("vector" in each.columns for each in table.list_indices())
    hits = 0
    for n in range(20):
        wanted = direction("query", n, dimension=16)
        found = [hit.id for hit in index.search_vector("g", wanted, 10, EVERYTHING)]
        hits += len(set(found) & set(nearest(made, wanted, 10)))
    assert hits >= 190
    wanted = direction("new", dimension=16)
    index.write("g", [entry("new", vector=wanted)])
    assert index.search_vector("g", wanted, 1, EVERYTHING)[0].id == "new"


def test_who_comes_straight_back_for_another_turn_lets_the_waiting_one_go_first(tmp_path: Path) -> None:
    file, greedy, stop = tmp_path / "lock", [0], threading.Event()

    def come_back() -> None:
        while not stop.is_set():
            with turn(file, patience=30) as mine:
                greedy[0] += mine
                time.sleep(0.005)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(come_back)
        try:
            for _ in range(8):
                time.sleep(0.02)
                before = greedy[0]
                with turn(file, patience=30) as mine:
                    assert mine
                    now = greedy[0]
                    assert now - before <= 5, "who has had many turns goes on having them"
                    time.sleep(0.02)
                    assert greedy[0] == now, "nobody else has the turn"
        finally:
            stop.set()


@pytest.mark.filterwarnings("ignore:lancedb fork support")
def test_a_child_that_was_forked_after_use_is_refused_instead_of_crashing_and_its_parent_goes_on(
    index: SearchIndex,
) -> None:
    index.create("g", DIMENSION)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            index.write("g", [entry("child")])
        except TerminalError as error:
            os._exit(0 if "before a fork" in str(error) else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    index.write("g", [entry("parent")])
    assert [each.id for each in index.entries("g")] == ["parent"]


def test_threads_share_an_index(index: SearchIndex) -> None:
    index.create("g", DIMENSION)

    def use(n: int) -> int:
        index.write("g", [entry(f"{n % 20}", "brass lamp"), entry(f"own-{n}")])
        return len(index.search_text("g", "lamp", 50, EVERYTHING))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(use, range(60)))
    assert index.count("g") == 80
    assert len(index.search_text("g", "lamp", 50, EVERYTHING)) == 20
