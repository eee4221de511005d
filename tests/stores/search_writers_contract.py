"""Many processes at one `SearchIndex`."""

import time
from collections.abc import Callable, Iterator

from kintsugi.stores.search import SearchIndex
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, exactly, recomputed
from tests.stores.processes import killed_after, together

Reopen = Callable[[], SearchIndex]

PROCESSES = 3
ROUNDS = 6
LASTING = [f"lasting-{n:03}" for n in range(80)]


def write_beside_each_other(who: int, reopen: Reopen) -> list[str]:
    """Make the index, write own entries and those that everybody writes; return the ids."""
    index = reopen()
    index.create("g", DIMENSION)
    ids = []
    for n in range(ROUNDS):
        batch = [f"own-{who}-{n}-{m}" for m in range(10)] + [f"shared-{n}-{m}" for m in range(10)]
        assert index.write("g", [entry(id) for id in batch]).written == 20
        ids += batch
    return ids


def write_delete_or_search(who: int, reopen: Reopen) -> int:
    """Churn and refresh (processes 0 and 1) or search (the others); return how often something lasting was amiss."""
    index, amiss = reopen(), 0
    for n in range(ROUNDS):
        if who < 2:
            ids = [f"passing-{who}-{m}" for m in range(30)]
            index.write("g", [entry(id, f"passing {n}") for id in ids])
            index.write("g", [entry(id, "lasting lamp") for id in LASTING[who::2]])
            amiss += index.delete("g", ids) != 30
            index.refresh("g")
        else:
            amiss += [hit.id for hit in index.search_text("g", "lamp", 80, EVERYTHING)] != LASTING
            amiss += len(index.search_vector("g", direction(n), 80, EVERYTHING)) != 80
            amiss += [each.id for each in index.entries("g") if each.id.startswith("lasting")] != LASTING
            amiss += sum(digest.count for digest in index.digests("g").values()) < 80
    return amiss


def write_for_ever(reopen: Reopen) -> Iterator[str]:
    """Write, overwrite, and refresh without end; yield an id once its write has returned."""
    index, n = reopen(), 0
    while True:
        n += 1
        index.write("g", [entry(f"{n:05}-{m:02}") for m in range(20)] + [entry("again", f"text {n}")])
        yield f"{n:05}"
        index.refresh("g")


class IndexWritersContract:
    """What many processes may rely on."""

    def test_processes_that_write_at_once_lose_and_double_nothing(self, index: SearchIndex, reopen: Reopen) -> None:
        written = together(write_beside_each_other, PROCESSES, reopen)
        expected = sorted({id for ids in written for id in ids})
        index.refresh("g")
        assert [exactly(each) for each in index.entries("g")] == [exactly(entry(id)) for id in expected]
        assert index.count("g") == len(expected)
        assert index.digests("g") == recomputed(map(entry, expected))

    def test_searches_are_right_while_other_processes_write_and_compact(
        self, index: SearchIndex, reopen: Reopen
    ) -> None:
        index.create("g", DIMENSION)
        index.write("g", [entry(id, "lasting lamp") for id in LASTING])
        index.refresh("g")
        assert together(write_delete_or_search, PROCESSES, reopen) == [0] * PROCESSES
        assert [each.id for each in index.entries("g")] == LASTING

    def test_what_a_killed_writer_had_acknowledged_is_there_and_the_next_writer_goes_on(
        self, index: SearchIndex, reopen: Reopen
    ) -> None:
        index.create("g", DIMENSION)
        acknowledged = killed_after(write_for_ever, 15, reopen)
        began = time.monotonic()
        assert index.write("g", [entry("after", "brass lamp")]).written == 1
        index.refresh("g")
        assert time.monotonic() - began < 20, "a dead writer's turn is over"
        ids = [each.id for each in index.entries("g")]
        assert len(ids) == len(set(ids))
        assert {f"{id}-{m:02}" for id in acknowledged for m in range(20)} <= set(ids)
        assert index.count("g") == len(ids)
        assert [hit.id for hit in index.search_text("g", "lamp", 5, EVERYTHING)] == ["after"]
