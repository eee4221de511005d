"""Truth and index side by side."""

from kintsugi.index.generations import named
from kintsugi.index.publish import build, publish
from kintsugi.index.reconcile import reconcile
from kintsugi.index.switch import promote
from kintsugi.observe.comparison import CELLS, LastReconcile, Wrong, compare_served, fold
from kintsugi.records import Chunk, Document
from tests.builders import RUN, chunk, document
from tests.index.crashing import seed_few


def served(platform, clock):
    """A platform whose first generation serves and whose documents are all published."""
    seed_few(platform)
    clock.advance(1000)
    return named(platform.records, publish(platform, RUN).generation)


def test_nothing_is_compared_before_the_first_publish(platform):
    assert compare_served(platform).sides == ()


def test_equal_sides_differ_in_no_bucket(platform, clock):
    generation = served(platform, clock)
    (side,) = compare_served(platform).sides
    assert (side.generation, side.role, side.truth, side.index) == (generation.id, "serving", 8, 8)
    assert side.buckets > 0
    assert (side.differing, set(side.cells), side.wrong) == (0, {0}, Wrong(0, 0, 0, 0))
    assert side.reconciled is None


def test_what_is_wrong_is_told_by_kind_and_place(platform, clock):
    generation = served(platform, clock)
    first, second, third = list(platform.records.scan(Chunk))[:3]
    platform.index.delete(generation.id, [first.id])
    platform.records.put([second.but(digest=second.digest + 1)])
    platform.records.delete(Chunk, [third.id])
    (side,) = compare_served(platform).sides
    assert side.wrong == Wrong(missing=1, stale=1, orphaned=1, excused=0)
    assert sum(side.cells) == side.differing == len({each.bucket for each in (first, second, third)})
    assert side.cells[first.bucket * CELLS // 4096] > 0
    assert set(side.excused) == {0}


def test_what_is_not_published_yet_is_no_fault(platform, clock):
    served(platform, clock)
    clock.advance(1000)
    new = document("new.md", text="Fresh.", changed_at=clock.now)
    platform.records.put([new, chunk("Fresh.", of=new)])
    (side,) = compare_served(platform).sides
    assert side.wrong == Wrong(0, 0, 0, excused=1)
    assert side.differing == 1
    assert side.excused == side.cells


def test_where_too_much_differs_only_buckets_are_told_of(platform, clock):
    generation = served(platform, clock)
    platform.index.delete(generation.id, [each.id for each in platform.records.scan(Chunk)])
    (side,) = compare_served(platform, most=3).sides
    assert side.wrong is None
    assert side.excused == ()
    assert side.differing == side.buckets


def test_the_previous_generation_is_compared_as_well(platform, clock):
    served(platform, clock)
    promote(platform, build(platform, RUN).generation)
    assert [side.role for side in compare_served(platform).sides] == ["serving", "previous"]


def test_an_index_that_is_gone_is_told_of_and_the_other_side_is_still_compared(platform, clock):
    first = served(platform, clock)
    promote(platform, build(platform, RUN).generation)
    platform.index.drop(first.id)
    serving, previous = compare_served(platform).sides
    assert serving.error == ""
    assert first.id in previous.error
    assert previous.cells == ()


def test_the_last_reconcile_is_told_also_where_it_found_nothing(platform, clock):
    generation = served(platform, clock)
    platform.index.delete(generation.id, [next(platform.records.scan(Chunk)).id])
    reconcile(platform, RUN, wait=lambda seconds: None)
    (side,) = compare_served(platform).sides
    assert side.reconciled == LastReconcile(at=clock.now, run=str(RUN), found=1, repaired=1, left=0)
    reconcile(platform, RUN, wait=lambda seconds: None)
    (side,) = compare_served(platform).sides
    assert side.reconciled == LastReconcile(at=clock.now, run=str(RUN), found=0, repaired=0, left=0)


def test_comparing_writes_nothing(platform, clock):
    generation = served(platform, clock)
    platform.index.delete(generation.id, [next(platform.records.scan(Chunk)).id])
    before = {each.id: each.version for kind in (Document, Chunk) for each in platform.records.scan(kind)}
    compare_served(platform)
    assert {each.id: each.version for kind in (Document, Chunk) for each in platform.records.scan(kind)} == before
    assert platform.index.count(generation.id) == 7


def test_buckets_fold_into_cells_in_their_order():
    assert fold({0: 1, 63: 1, 64: 9, 4095: 1}) == (2, 1, *[0] * 61, 1)
