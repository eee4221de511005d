"""What is refused is written down beside people who decide at the same time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kintsugi.documents.intake.refuse import quarantined, store_refusals
from kintsugi.errors import ConflictError, DataError
from kintsugi.records import Quarantined, RunRef
from tests.builders import RUN

NEXT = RunRef(dag="test", run_id="next")


class Interrupted:
    """A real store; whenever refusals were read, and before they are written, something happens."""

    def __init__(self, records: Any, times: Iterator[Callable[[], None]]) -> None:
        self._records = records
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def get_many(self, *arguments: Any) -> Any:
        found = self._records.get_many(*arguments)
        next(self._times, lambda: None)()
        return found


def refusal(got: str = "0 bytes", run: RunRef = RUN) -> Quarantined:
    error = DataError("a.md", expected="text", got=got).named("empty")
    return quarantined("notes", "all", "a.md", "d", error, run, 1.0)


def test_a_drop_while_the_same_refusal_is_written_stays(platform):
    records = platform.records
    store_refusals(records, [refusal()])
    (held,) = records.scan(Quarantined)

    def drop() -> None:
        records.replace(held.but(state="dropped", by="ada", value="1 byte"))

    beside = Interrupted(records, iter([drop]))
    assert store_refusals(beside, [refusal("1 byte", NEXT)]) == 1
    assert [(each.state, each.by) for each in records.scan(Quarantined)] == [("dropped", "ada")]


def test_a_refusal_that_another_run_writes_first_is_there_once_and_as_it_was_last_refused(platform):
    records = platform.records
    beside = Interrupted(records, iter([lambda: records.put([refusal()])]))
    store_refusals(beside, [refusal("1 byte", NEXT)])
    assert [(each.value, each.run) for each in records.scan(Quarantined)] == [("1 byte", NEXT)]


def test_records_that_change_all_the_time_are_a_conflict_and_no_endless_loop(platform):
    records = platform.records
    store_refusals(records, [refusal()])

    def touch() -> None:
        records.put(records.scan(Quarantined))

    with pytest.raises(ConflictError, match="change all the time"):
        store_refusals(Interrupted(records, iter([touch] * 100)), [refusal("1 byte", NEXT)])
