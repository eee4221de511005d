"""Rows in order, also when they do not fit a piece."""

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from autorefine.readers.sorting import SortedRows


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(), st.text(max_size=20))), st.integers(1, 1000))
def test_all_rows_come_back_in_order_whatever_a_piece_holds(rows, piece):
    with closing(SortedRows(piece)) as kept:
        for row in rows:
            kept.add(row)
        assert list(kept) == sorted(rows)
