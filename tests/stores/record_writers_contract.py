"""Many processes at one `RecordStore`."""

import time
from collections.abc import Callable, Iterator

import pytest

from kintsugi.errors import ConflictError, StaleEpochError
from kintsugi.healing.lease import acquire, renew
from kintsugi.records import Document, Incident, LoopState, Watermark
from kintsugi.stores.records import RecordStore
from tests.builders import document
from tests.stores.processes import killed_after, together

Reopen = Callable[[], RecordStore]

PROCESSES = 8
IDS = 60
STEPS = 25


def insert_the_same(who: int, reopen: Reopen) -> list[str]:
    """Insert every id; return those that were won. Each process begins elsewhere, so that all meet somewhere."""
    records = reopen()
    order = [(n + who * IDS // PROCESSES) % IDS for n in range(IDS)]
    return [id for id in map(str, order) if records.insert(document(id=id, title=str(who)))]


def count_up(who: int, reopen: Reopen) -> int:
    """Add one to a shared counter by compare-and-set, `STEPS` times; return how often another was faster."""
    records, conflicts, done = reopen(), 0, 0
    while done < STEPS:
        now = records.get(LoopState, "counter")
        assert now is not None
        try:
            records.replace(now.but(body={"count": now.body["count"] + 1}))
        except ConflictError:
            conflicts += 1
        else:
            done += 1
    return conflicts


def put_the_same(who: int, reopen: Reopen) -> int:
    """Put the same ids over and over, each record whole in itself."""
    records = reopen()
    return sum(
        records.put(document(id=str(n), title=f"{who}" * 500, partition=f"{who}") for n in range(IDS)) for _ in "xyz"
    )


def first_use(who: int, reopen: Reopen) -> int | None:
    """Use a store that nobody has used before; return the epoch of a lease that all want, if it was this one's."""
    records = reopen()
    assert records.insert(Watermark(id=str(who), at=1.0))
    try:
        return acquire(records, "all-want-it", str(who), 600.0).epoch
    except ConflictError:
        return None


def scan_while_written(who: int, reopen: Reopen) -> int:
    """Write (process 0) or scan (the others); return how many of the lasting records a scan missed or repeated."""
    records, wrong = reopen(), 0
    lasting = [f"lasting-{n:04}" for n in range(700)]
    for n in range(6):
        if who == 0:
            records.put(document(id=f"{'akmz'[n % 4]}-{m:04}") for m in range(300))
            records.delete(Document, [f"{'akmz'[n % 4]}-{m:04}" for m in range(300)])
        else:
            seen = [each.id for each in records.scan(Document)]
            wrong += len(seen) - len(set(seen)) + sum(id not in set(seen) for id in lasting)
    return wrong


def insert_for_ever(reopen: Reopen) -> Iterator[str]:
    """Insert and put records without end; yield an id once its write has returned."""
    records, n = reopen(), 0
    while True:
        n += 1
        if n % 3:
            records.insert(document(id=f"{n:06}"))
            yield f"{n:06}"
        else:
            records.put(document(id=f"{n:06}-{m:03}") for m in range(100))
            yield f"{n:06}-099"


class WritersContract:
    """What many processes may rely on."""

    def test_processes_that_meet_a_new_store_all_can_use_it_and_one_gets_the_lease(
        self, records: RecordStore, reopen: Reopen
    ) -> None:
        epochs = together(first_use, PROCESSES, reopen)
        assert sorted(epochs, key=str) == [1, *[None] * (PROCESSES - 1)]
        assert records.count(Watermark) == PROCESSES

    def test_of_many_processes_that_insert_an_id_exactly_one_wins(self, records: RecordStore, reopen: Reopen) -> None:
        won = together(insert_the_same, PROCESSES, reopen)
        assert sorted(id for ids in won for id in ids) == sorted(map(str, range(IDS)))
        winners = {id: str(who) for who, ids in enumerate(won) for id in ids}
        assert {each.id: each.title for each in records.scan(Document)} == winners

    def test_concurrent_compare_and_set_loses_nothing(self, records: RecordStore, reopen: Reopen) -> None:
        records.insert(LoopState(id="counter", body={"count": 0}))
        together(count_up, PROCESSES, reopen)
        assert records.get(LoopState, "counter") == LoopState(
            id="counter", body={"count": PROCESSES * STEPS}, version=PROCESSES * STEPS + 1
        )

    def test_the_late_write_of_a_holder_that_was_paused_is_refused(
        self, records: RecordStore, records_again: RecordStore
    ) -> None:
        incident = Incident(id="i", kind="k", target="t", opened_at=0.0, changed_at=0.0)
        records.insert(incident)
        paused = acquire(records, "incident/i", "paused", 0.0)
        seen_before = records.get(Incident, "i")
        assert seen_before is not None
        other = acquire(records_again, "incident/i", "other", 600.0)
        assert other.epoch > paused.epoch
        records_again.replace(incident.but(version=1, epoch=other.epoch, outcome="the other's"))
        with pytest.raises(ConflictError):
            records.replace(seen_before.but(epoch=paused.epoch, outcome="late"))
        with pytest.raises(StaleEpochError):
            renew(records, paused, 600.0)
        found = records.get(Incident, "i")
        assert found is not None
        assert (found.epoch, found.outcome) == (other.epoch, "the other's")

    def test_concurrent_puts_never_mix_two_records_and_count_every_write(
        self, records: RecordStore, reopen: Reopen
    ) -> None:
        assert together(put_the_same, PROCESSES, reopen) == [3 * IDS] * PROCESSES
        for each in records.scan(Document):
            assert each.title == each.partition * 500
            assert each.version == 3 * PROCESSES

    def test_scans_are_right_while_another_process_writes(self, records: RecordStore, reopen: Reopen) -> None:
        records.put(document(id=f"lasting-{n:04}") for n in range(700))
        assert together(scan_while_written, 3, reopen) == [0, 0, 0]

    def test_what_a_killed_writer_had_acknowledged_is_there(self, records: RecordStore, reopen: Reopen) -> None:
        acknowledged = killed_after(insert_for_ever, 40, reopen)
        found = {each.id for each in records.scan(Document)}
        assert set(acknowledged) <= found
        assert {f"{id[:6]}-{m:03}" for id in acknowledged if "-" in id for m in range(100)} <= found
        assert records.insert(document(id="after"))

    def test_the_stores_time_never_runs_backwards_between_handles(
        self, records: RecordStore, records_again: RecordStore
    ) -> None:
        before = time.time()
        readings = [handle.now() for _ in range(50) for handle in (records, records_again)]
        assert readings == sorted(readings)
        assert abs(readings[0] - before) < 60
