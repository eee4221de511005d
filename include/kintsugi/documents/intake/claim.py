"""Who owns a partition, and how its run ended: the partition record as claim, fence and outcome."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from kintsugi.errors import DriftError, StaleEpochError
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef
from kintsugi.stores.records import RecordStore


def claim(records: RecordStore, source: str, partition: str, run: RunRef) -> Partition:
    """Make this run the owner of the partition. The run that owned it before can't write to it any more."""
    return _record(records, source, partition, run, state="running")


def require_owner(records: RecordStore, source: str, partition: str, run: RunRef) -> Partition:
    """Return the partition's record.

    Raises:
        StaleEpochError: another run has claimed it since.
    """
    found = records.get(Partition, Partition.key_of(source, partition))
    if found is None or not same_run(found.run, run):
        raise StaleEpochError(
            f"partition {partition} of source {source}: run {run} no longer owns it",
            expected="to be the last run that claimed it",
            got=f"claimed by {found.run}" if found else "no claim at all",
            next_step="nothing: the run that owns it does the work",
        )
    return found


def mark_failed(platform: Platform, source: str, partition: str, error: Exception, run: RunRef) -> Partition:
    """Record that the partition was not taken in: *held* when the data changed its shape, else *failed*, a gap."""
    state = "held" if isinstance(error, DriftError) else "failed"
    message = str(error) or type(error).__name__
    record = _record(
        platform.records, source, partition, run, state=state, error_class=type(error).__name__, error=message[:2000]
    )
    structlog.get_logger().warning(
        f"partition.{state}", source=source, partition=partition, run=str(run), error_class=record.error_class
    )
    return record


@contextmanager
def recorded(platform: Platform, source: str, partition: str, run: RunRef) -> Iterator[None]:
    """Let no error pass without a trace in the partition's record; it goes on to the caller unchanged."""
    try:
        yield
    except StaleEpochError:
        raise
    except Exception as error:
        mark_failed(platform, source, partition, error, run)
        raise


def same_run(one: RunRef, other: RunRef) -> bool:
    """Return whether both are tasks or tries of one run."""
    return (one.dag, one.run_id) == (other.dag, other.run_id)


def _record(records: RecordStore, source: str, partition: str, run: RunRef, **outcome: str) -> Partition:
    record = Partition.from_document(
        {
            "id": Partition.key_of(source, partition),
            "source": source,
            "key": partition,
            "run": run,
            "changed_at": records.now(),
            **outcome,
        }
    )
    records.put([record])
    return record
