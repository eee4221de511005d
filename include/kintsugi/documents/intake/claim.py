"""Who owns a partition, and how its run ended: the partition record as claim, fence and outcome."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from kintsugi.errors import AGAIN, ConflictError, DriftError, StaleEpochError
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef
from kintsugi.stores.records import RecordStore

ABANDONED = 3600.0
"""Seconds without an outcome after which a claim no longer keeps a run that never began from recording a gap, and that
of a run that reads single items again no longer another such run."""

_CAS_TRIES = 8


def claim(records: RecordStore, source: str, partition: str, run: RunRef) -> Partition:
    """Make this run the owner of the partition; return its record, whose epoch is the fence.

    Whoever owned it before can't write to it any more, an earlier try of the same run included.
    """
    return _changed(records, source, partition, lambda found: _claimed(records, source, partition, run, found))


def claim_for_items(records: RecordStore, source: str, partition: str, run: RunRef) -> Partition:
    """Make this run the owner for reading single items again; the record returned keeps what it was as ``before``.

    Raises:
        ConflictError: another run is taking the partition in, or reads items of it again.
    """

    def claimed(found: Partition | None) -> Partition:
        _require_idle(found, run, records.now())
        last = found.before if found is not None and found.state == "running" else found
        return _claimed(records, source, partition, run, found).but(before=last)

    return _changed(records, source, partition, claimed)


def require_idle(records: RecordStore, source: str, partition: str, run: RunRef) -> None:
    """Say now what `claim_for_items` would say.

    Raises:
        ConflictError: as there.
    """
    _require_idle(records.get(Partition, Partition.key_of(source, partition)), run, records.now())


def as_it_was(claimed: Partition) -> Partition | None:
    """Return the record to put back at the end of reading single items again; ``None`` where there is none.

    Its epoch is that of the claim: epochs never go back.
    """
    return claimed.before and claimed.before.but(version=claimed.version, epoch=claimed.epoch)


def require_owner(records: RecordStore, source: str, partition: str, run: RunRef, epoch: int) -> Partition:
    """Return the partition's record.

    Raises:
        StaleEpochError: another run, or another try, has claimed it since.
    """
    found = records.get(Partition, Partition.key_of(source, partition))
    if found is None or not owns(found, run, epoch):
        raise _stale(source, partition, run, found)
    return found


def owns(partition: Partition, run: RunRef, epoch: int) -> bool:
    """Return whether the claim of this run with this epoch still holds."""
    return same_run(partition.run, run) and partition.epoch == epoch


def mark_failed(platform: Platform, source: str, partition: str, error: Exception, run: RunRef) -> Partition:
    """Record for a run that never came to claim the partition that it was not taken in: a gap.

    Raises:
        StaleEpochError: another run is taking it in right now.
    """

    def gap(before: Partition | None) -> Partition:
        now = platform.records.now()
        at_work = before is not None and before.state == "running" and now - before.changed_at < ABANDONED
        if before is not None and at_work and not same_run(before.run, run):
            raise _stale(source, partition, run, before)
        return _failed(platform.records, source, partition, error, run, before, before.epoch if before else 0)

    return _logged(_changed(platform.records, source, partition, gap))


@contextmanager
def recorded(platform: Platform, source: str, partition: str, run: RunRef, epoch: int) -> Iterator[None]:
    """Let no error of the partition's owner pass without a trace in its record; it goes on to the caller unchanged.

    An error of reading single items again says nothing of the partition: its record is put back as it was.

    Raises:
        StaleEpochError: in place of any error, where the partition has another owner by now: its files are gone then,
            and what became of it is not this run's to say.
    """
    try:
        yield
    except StaleEpochError:
        raise
    except Exception as error:
        _record_failure(platform, source, partition, error, run, epoch)
        raise


def same_run(one: RunRef, other: RunRef) -> bool:
    """Return whether both are tasks or tries of one run."""
    return (one.dag, one.run_id) == (other.dag, other.run_id)


def _record_failure(platform: Platform, source: str, partition: str, error: Exception, run: RunRef, epoch: int) -> None:
    def outcome(before: Partition | None) -> Partition:
        if before is None or not owns(before, run, epoch):
            raise _stale(source, partition, run, before)
        return as_it_was(before) or _failed(platform.records, source, partition, error, run, before, epoch)

    after = _changed(platform.records, source, partition, outcome)
    if owns(after, run, epoch):  # else it was put back, and is another run's
        _logged(after)


def _changed(
    records: RecordStore, source: str, partition: str, change: Callable[[Partition | None], Partition]
) -> Partition:
    """Store what ``change`` makes of the record, by compare-and-set: nobody's word is written over unread."""
    key = Partition.key_of(source, partition)
    for _ in range(_CAS_TRIES):
        before = records.get(Partition, key)
        after = change(before)
        if before is None:
            if records.insert(after):
                return after
            continue
        try:
            return records.replace(after.but(version=before.version))
        except ConflictError:
            continue
    raise ConflictError(
        f"partition {partition} of source {source}: its record changes all the time",
        expected=f"one of {_CAS_TRIES} tries to go through",
        next_step=f"{AGAIN}; if it lasts, look for runs that claim it in turns",
    )


def _failed(
    records: RecordStore,
    source: str,
    partition: str,
    error: Exception,
    run: RunRef,
    before: Partition | None,
    epoch: int,
) -> Partition:
    """Return the record of a failure: *held* when the data changed its shape, else *failed*."""
    return _record(records, source, partition, run, before, epoch).but(
        state="held" if isinstance(error, DriftError) else "failed",
        error_class=type(error).__name__,
        error=(str(error) or type(error).__name__)[:2000],
    )


def _claimed(records: RecordStore, source: str, partition: str, run: RunRef, before: Partition | None) -> Partition:
    return _record(records, source, partition, run, before, before.epoch + 1 if before else 1)


def _require_idle(found: Partition | None, run: RunRef, now: float) -> None:
    """Let nobody who reads items again take the partition from a run that does more, however long that has been at it.

    What such a run has not committed yet would be lost without a sign.
    """
    if found is None or found.state != "running" or same_run(found.run, run):
        return
    if found.before is None:
        raise _busy(found, "try again when that run has ended; if it was killed, run the partition again first")
    if now - found.changed_at < ABANDONED:
        raise _busy(found, "try again when that run has ended, or an hour after it was killed")


def _busy(found: Partition, next_step: str) -> ConflictError:
    return ConflictError(
        f"partition {found.key} of source {found.source}: run {found.run} is taking it in right now",
        expected="nobody at work on it",
        next_step=next_step,
    )


def _record(
    records: RecordStore, source: str, partition: str, run: RunRef, before: Partition | None, epoch: int
) -> Partition:
    """Return a record without an outcome; what only a commit changes stays as it was."""
    return Partition(
        id=Partition.key_of(source, partition),
        source=source,
        key=partition,
        state="running",
        run=run,
        changed_at=records.now(),
        epoch=epoch,
        cursor=before.cursor if before else "",
        terms=before.terms if before else "",
        committed_at=before.committed_at if before else None,
    )


def _logged(record: Partition) -> Partition:
    structlog.get_logger().warning(
        f"partition.{record.state}",
        source=record.source,
        partition=record.key,
        run=str(record.run),
        error_class=record.error_class,
    )
    return record


def _stale(source: str, partition: str, run: RunRef, found: Partition | None) -> StaleEpochError:
    return StaleEpochError(
        f"partition {partition} of source {source}: run {run} no longer owns it",
        expected="to be the last run that claimed it",
        got=f"claimed by {found.run}, try {found.run.try_number}" if found else "no claim at all",
        next_step="nothing: the run that owns it does the work",
    )
