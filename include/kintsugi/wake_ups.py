"""One wake-up at a time: many producers announce work to a DAG that looks for itself what there is to do.

A backfill of a hundred partitions announces a hundred times, and each event of an asset starts a run of its own. All of
them but the first would wait in line to find nothing, and whoever comes behind them waits too. So a producer sends its
event only when none is under way: what it has stored is seen by the run that the other event starts, since that run
takes the note away first and looks afterwards.

Where that run fails for good, or the producer that noted its call died before Airflow sent it, the work waits for the
next producer: at the latest for the hourly `ingest_airflow`, which calls for whatever is unpublished.
"""

from kintsugi.errors import ConflictError
from kintsugi.records import WakeUp
from kintsugi.stores.records import RecordStore

PUBLISH, REFINE = "publish", "refine"

LOST_AFTER = 120.0
"""Seconds after which a note counts for nothing: its event was lost, or the run waits behind a long one."""

CAS_TRIES = 8


def is_due(records: RecordStore, name: str, by: str) -> bool:
    """Tell whether this producer has to send the event, and note that it does; call it once its work is stored.

    False while another producer's event is under way. The same producer is told the same again: its task may have been
    killed before the event was sent.

    Args:
        name: who is woken.
        by: the producer's run.
    """
    for _ in range(CAS_TRIES):
        now, noted = records.now(), records.get(WakeUp, name)
        if noted is None:
            if records.insert(WakeUp(id=name, by=by, at=now)):
                return True
            continue
        if noted.by == by:
            return True
        if noted.at <= now < noted.at + LOST_AFTER:
            return False
        try:
            records.replace(noted.but(by=by, at=now))
        except ConflictError:
            continue
        return True
    return True  # an event too many costs one look


def answered(records: RecordStore, name: str) -> None:
    """Take the note away; call it before looking what there is to do."""
    records.delete(WakeUp, [name])
