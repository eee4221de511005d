"""The small charts show every part in its proportion."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.records import Partition
from kintsugi_airflow.pages.bars import CHART_WIDTH, SLOTS, chart_width, colours, columns, heat, leaning, strip
from tests.builders import RUN

counts = st.integers(min_value=0, max_value=10**7)


def partition(key: str = "all", **parts: int) -> Partition:
    return Partition(id=key, source="s", key=key, state="committed", run=RUN, changed_at=1.0, **parts)


partitions = st.builds(partition, written=counts, skipped=counts, deleted=counts, refused=counts)


@given(partitions)
def test_a_strip_is_filled_from_end_to_end_and_shows_even_the_smallest_part(each):
    segments = strip(each, width=264, height=10)
    occurring = [part for part in ("written", "skipped", "deleted", "refused") if getattr(each, part)]
    assert [segment.part for segment in segments] == occurring
    if segments:
        assert abs(sum(segment.width for segment in segments) - 264) < 0.1
        assert min(segment.width for segment in segments) >= 2.9
        by_count = sorted(segments, key=lambda segment: getattr(each, segment.part))
        for smaller, larger in pairwise(by_count):
            assert smaller.width <= larger.width + 0.02


@given(st.lists(partitions, max_size=40))
def test_columns_stay_inside_the_chart(several):
    bars = columns(several, height=42)
    assert len(bars) == min(len(several), SLOTS)
    for bar in bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= CHART_WIDTH + 1e-6
        for segment in bar.segments:
            assert segment.y >= 0
            assert segment.y + segment.height <= 42.1


def test_the_newest_partition_stands_at_the_right_edge():
    bars = columns([partition("01", written=1), partition("02", written=2)], height=42)
    assert bars[-1].partition.key == "02"
    assert bars[-1].x + bars[-1].width == CHART_WIDTH


def test_the_tallest_column_fills_the_height_and_the_others_are_in_proportion():
    half, full = columns([partition("01", written=50), partition("02", written=100)], height=40)
    assert sum(segment.height for segment in full.segments) == 40
    assert sum(segment.height for segment in half.segments) == 20


def test_a_cell_is_the_hotter_the_more_of_its_buckets_differ_and_one_is_seen():
    assert heat([0, 1, 11, 22, 64], of=64) == [0, 1, 2, 3, 4]


def test_a_cell_without_a_fault_is_not_painted_as_one():
    assert colours([0, 2, 2, 12], [0, 2, 1, 1], of=64) == ["hot-0", "excused", "hot-1", "hot-2"]
    assert colours([0, 2], [], of=64) == ["hot-0", "hot-1"], "nobody looked"


def test_a_loss_leans_to_the_left_of_the_middle_and_a_gain_to_the_right():
    assert leaning(-0.25, width=100) == (25, 25)
    assert leaning(0.25, width=100) == (50, 25)
    assert leaning(-1.0, width=100) == (0, 50)
    assert leaning(0.0, width=100) == (50, 0)
    assert leaning(-0.0001, width=100)[1] == 0.5


@given(st.lists(partitions, max_size=60))
def test_a_wide_chart_has_room_for_as_many_columns_as_it_says(several):
    bars = columns(several, height=42, slots=48)
    assert len(bars) == min(len(several), 48)
    assert all(0 <= bar.x <= chart_width(48) - bar.width + 0.01 for bar in bars)
