"""Trajectories come in the order in which they happened, from wherever one begins, each once."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.expertise.happened import FIRST, in_order
from kintsugi.records import StoredTrajectory
from kintsugi.stores.sqlite import SQLiteRecords
from tests.autorefine.runs import run

TIMES = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def told(id: str, started_at: float | None, gathered_at: float) -> StoredTrajectory:
    body = run(id, "look").to_document() | {"started_at": started_at}
    return StoredTrajectory(id=id, origin="runs", gathered_at=gathered_at, body=body)


@given(st.lists(st.tuples(TIMES, st.floats(0, 10)), max_size=12), st.integers(0, 12))
def test_they_are_in_order_and_can_be_continued_from_any_position(tmp_path_factory, times, position):
    records = SQLiteRecords(tmp_path_factory.mktemp("records") / "r.sqlite", lambda: 1.0)
    records.insert_missing(told(f"{n}", *each) for n, each in enumerate(times))
    expected = sorted(
        (gathered if started is None else started, f"{n}")
        for n, (started, gathered) in enumerate(times)
        if 2 <= gathered <= 8
    )
    found = list(in_order(records, since=2, until=8))
    assert found == expected
    after = found[position] if position < len(found) else FIRST
    assert list(in_order(records, since=2, until=8, after=after)) == [each for each in found if each > after]
    records.close()
