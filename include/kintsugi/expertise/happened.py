"""Stored trajectories in the order in which they happened, however many there are."""

import sqlite3
from collections.abc import Generator
from contextlib import closing

from kintsugi.records import TrajectoryHead
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast

Position = tuple[float, str]
"""When a trajectory began, and its id."""

FIRST: Position = (float("-inf"), "")
"""Before every trajectory."""


def in_order(records: RecordStore, *, since: float, until: float, after: Position = FIRST) -> Generator[Position]:
    """Yield the trajectories that were gathered in a span of time, both ends in it, in the order in which they began.

    One of which nobody said when it began counts from when it was gathered. They are sorted in a temporary file that
    SQLite keeps outside memory and removes; only heads are read. What is gathered while this runs may be left out.

    Args:
        records: where they are.
        since, until: when they were gathered, store time in seconds since the epoch.
        after: begin behind this position.
    """
    with closing(sqlite3.connect("")) as spill:
        spill.execute("CREATE TABLE happened (at REAL, id TEXT, PRIMARY KEY (at, id)) WITHOUT ROWID")
        spill.executemany(
            "INSERT OR IGNORE INTO happened VALUES (?, ?)",
            (
                (head.gathered_at if head.started_at is None else head.started_at, head.id)
                for head in records.scan(TrajectoryHead, {"gathered_at": AtLeast(since)})
                if head.gathered_at <= until
            ),
        )
        yield from spill.execute("SELECT at, id FROM happened WHERE (at, id) > (?, ?) ORDER BY at, id", after)
