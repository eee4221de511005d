"""A pass that is killed before any write of the truth, and is run again, leaves what one leaves that was not killed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kintsugi.expertise.gather import store
from kintsugi.expertise.refine import PASS, refine
from kintsugi.platform import Platform
from kintsugi.records import LoopState, PatternDecision, StoredPattern
from kintsugi.records.base import Record
from kintsugi.settings import load_settings
from tests.autorefine.runs import planted
from tests.builders import RUN, FakeClock

RUNS = list(planted(40, followed_succeed=1.0, others_succeed=0.0))
TURNED = [replace(each, success=not each.success, outcome_at=1.0) for each in RUNS[:4]]
TORN = [replace(each, success=not each.success) for each in RUNS[4:6]]
DELIVERIES = (RUNS, [*TURNED, *TORN])
WRITES = ("insert", "insert_missing", "put", "replace", "delete")


class Killed(Exception):
    """The process is gone."""


class Mortal:
    """The record store of a process that dies before a write."""

    def __init__(self, records, writes_left: int | None) -> None:
        self._records = records
        self._left = writes_left
        self.writes = 0

    def __getattr__(self, name: str):
        method = getattr(self._records, name)
        if name not in WRITES:
            return method

        def writing(*arguments):
            if self._left == self.writes:
                raise Killed
            self.writes += 1
            return method(*arguments)

        return writing


def refined_twice(platform: Platform, clock: FakeClock, *, dies_before: int | None = None) -> int:
    """Learn from the runs, and again when some of them end otherwise; return how many writes that took.

    The process dies before one of the writes and is started again a minute later.
    """
    records, writes = platform.records, 0
    for told in DELIVERIES:
        store(records, "runs", told)
        mortal = Mortal(records, None if dies_before is None else dies_before - writes)
        try:
            refine(platform.using(records=mortal), RUN)
        except Killed:
            later = 60 if records.get(LoopState, PASS) else 0  # what has not begun is begun later, and says so
            clock.advance(later)
            refine(platform.using(records=records), RUN)
            clock.advance(-later)
        writes += mortal.writes
        clock.advance(3600)
    return writes


def everything(platform: Platform) -> list[dict]:
    def documents(kind: type[Record]) -> Iterator[dict]:
        for each in platform.records.scan(kind):
            document = each.to_document() | {"version": 0}
            yield document | {"body": document["body"] | {"version": 0}} if "body" in document else document

    return [document for kind in (StoredPattern, PatternDecision, LoopState) for document in documents(kind)]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], int]:
    """What passes leave that are not killed, and how many writes they take."""
    clock = FakeClock()
    platform = Platform(load_settings({"KINTSUGI_HOME": str(tmp_path_factory.mktemp("calm"))}), clock)
    writes = refined_twice(platform, clock)
    left = everything(platform)
    platform.close()
    return left, writes


def test_the_passes_that_are_killed_find_admit_and_correct(calm):
    gates = {each["gate"] for each in calm[0] if each.get("gate")}
    assert {"extraction", "replay", "outcomes"} <= gates
    assert ("active", "candidate") in {(each["was"], each["now"]) for each in calm[0] if each.get("gate") == "outcomes"}


@pytest.mark.parametrize("dies_before", range(0, 120, 3))
def test_a_pass_that_was_killed_before_a_write_leaves_patterns_history_and_memory_as_if_it_had_not_been(
    platform, clock, calm, dies_before
):
    left, writes = calm
    assert writes < 120
    refined_twice(platform, clock, dies_before=dies_before)
    assert everything(platform) == left
