"""What can go wrong with an index in a folder: each time it is said, and nothing acknowledged is lost."""

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import lancedb
import pytest

from kintsugi.errors import ConfigurationError, KintsugiError, StoreUnavailable, TerminalError
from kintsugi.locks import turn
from kintsugi.stores.lance import LanceIndex, rows
from kintsugi.stores.search import SearchIndex
from tests.stores.entries import DIMENSION, EVERYTHING, entry
from tests.stores.processes import together
from tests.stores.search_index_contract import BAD_NAMES, ON_AN_INDEX


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[LanceIndex]:
    opened = LanceIndex(folder)
    yield opened
    opened.close()


def test_a_bad_name_leaves_nothing_behind_outside_or_inside_the_folder(index: SearchIndex, tmp_path: Path) -> None:
    index.create("g", DIMENSION)
    before = sorted(tmp_path.rglob("*"))
    for name in BAD_NAMES:
        index.drop(name)
        with pytest.raises(ConfigurationError):
            index.create(name, DIMENSION)
        for doing in ON_AN_INDEX.values():
            with pytest.raises(StoreUnavailable):
                doing(index, name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_closed_index_says_so(index: SearchIndex) -> None:
    index.create("g", DIMENSION)
    index.close()
    index.close()
    for doing in ON_AN_INDEX.values():
        with pytest.raises(TerminalError, match="close"):
            doing(index, "g")


def test_a_table_whose_maker_was_killed_before_its_text_index_was_made_gets_one(
    index: SearchIndex, folder: Path
) -> None:
    folder.mkdir(parents=True)
    lancedb.connect(str(folder)).create_table("g", schema=rows.schema(DIMENSION))
    index.create("g", DIMENSION)
    index.write("g", [entry("a", "brass lamp")])
    assert [hit.id for hit in index.search_text("g", "lamp", 5, EVERYTHING)] == ["a"]


@pytest.mark.parametrize("lost", ["data", "_versions", "_indices"])
def test_an_index_that_lost_files_says_what_to_do_and_can_be_made_anew(
    index: SearchIndex, folder: Path, lost: str
) -> None:
    index.create("g", DIMENSION)
    index.write("g", [entry(f"{n:04}", "common words") for n in range(600)])
    index.refresh("g")
    shutil.rmtree(folder / "g.lance" / lost)
    fresh = LanceIndex(folder)
    with pytest.raises((StoreUnavailable, TerminalError)) as refused:
        ON_AN_INDEX["search_text" if lost == "_indices" else "entries"](fresh, "g")
    assert "kintsugi index rebuild" in refused.value.next_step
    fresh.drop("g")
    fresh.create("g", DIMENSION)
    fresh.write("g", [entry("a", "brass lamp")])
    assert [hit.id for hit in fresh.search_text("g", "lamp", 5, EVERYTHING)] == ["a"]


def test_a_writer_that_waits_too_long_for_its_turn_says_so_and_readers_do_not_wait(
    index: SearchIndex, folder: Path
) -> None:
    index.create("g", DIMENSION)
    index.write("g", [entry("a", "brass lamp")])
    impatient = LanceIndex(folder, patience=0.1)
    with turn(folder / ".locks" / "g.write", patience=1) as mine:
        assert mine
        for doing in ("write", "delete", "refresh"):
            with pytest.raises(StoreUnavailable, match=r"no turn to write g.*g\.write within 0\.1 s"):
                ON_AN_INDEX[doing](impatient, "g")
        assert [hit.id for hit in impatient.search_text("g", "lamp", 5, EVERYTHING)] == ["a"]
    assert impatient.write("g", [entry("b")]).written == 1


def fill_the_disk(who: int, folder: Path) -> tuple[str, str, int]:
    """Write until no file may grow; return the error's class, what it says, and how many writes had returned."""
    index, written = LanceIndex(folder), 0
    index.count("g")
    try:
        while True:
            index.write("g", [entry(f"{written:03}", "x" * 50_000)])
            written += 1
            if written == 5:
                resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    except KintsugiError as error:
        return type(error).__name__, str(error), written


def test_a_full_disk_is_reported_as_one_and_loses_nothing_that_was_acknowledged(
    index: SearchIndex, folder: Path
) -> None:
    index.create("g", DIMENSION)
    [(kind, message, written)] = together(fill_the_disk, 1, folder)
    assert kind == "StoreUnavailable", message
    assert f"room to write in {folder}" in message
    assert [each.id for each in index.entries("g")] == [f"{n:03}" for n in range(written)]
    assert index.write("g", [entry("there is room again")]).written == 1


def write_without_permission(who: int, folder: Path) -> list[tuple[str, str]]:
    """Give up every privilege, then read, write and create; return the errors' classes and what they say."""
    index = LanceIndex(folder)
    index.count("g")
    if os.getuid() == 0:
        os.setuid(65534)
    raised = []
    for doing in (lambda: index.write("g", [entry("a")]), lambda: index.create("h", DIMENSION)):
        try:
            doing()
        except KintsugiError as error:
            raised.append((type(error).__name__, str(error)))
    return raised


def test_an_index_that_may_not_be_written_to_says_who_has_to_do_what() -> None:
    with TemporaryDirectory() as public:
        folder = Path(public)
        index = LanceIndex(folder)
        index.create("g", DIMENSION)
        everything = [folder, *folder.rglob("*")]
        for path in everything:
            path.chmod(0o555 if path.is_dir() else 0o444)
        [raised] = together(write_without_permission, 1, folder)
        for path in everything:
            path.chmod(0o755)
        assert len(raised) == 2
        for kind, message in raised:
            assert kind in ("TerminalError", "StoreUnavailable")
            assert "access to" in message
