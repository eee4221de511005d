"""Whatever stops or crosses the counting of a report, in the end each pattern's counts say what the reports say."""

import random
from collections.abc import Callable

import pytest

from autorefine.counters import Counters
from autorefine.usage import MOST_VERSIONS
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.usage import report_use
from kintsugi.expertise.usage_counting import count_reports
from kintsugi.records import UsageReport
from tests.expertise.test_killed_refine import WRITES, Killed, Mortal

WHO = "clerk@2"


class Crossed:
    """The record store of a process before one of whose calls another process does something of its own."""

    def __init__(self, records, calls: int, rival: Callable[[], object]) -> None:
        self._records = records
        self._left = calls
        self._rival = rival

    def __getattr__(self, name: str):
        method = getattr(self._records, name)
        if name not in (*WRITES, "get", "get_many"):
            return method

        def calling(*arguments):
            self._left -= 1
            if self._left == -1:
                self._rival()
            return method(*arguments)

        return calling


def words(known):
    """What is said of two tasks in turn: each report is corrected at least once."""
    first, second = known
    return [
        ("t1", {"retrieved": known}),
        ("t1", {"used": [first], "succeeded": True}),
        ("t2", {"used": known}),
        ("t1", {"used": known, "succeeded": False}),
        ("t2", {"used": [second], "succeeded": True}),
        ("t1", {"used": [first], "succeeded": True}),
    ]


def totals(counts: Counters) -> tuple[int, int, int, int]:
    return counts.retrieved, counts.used, counts.succeeded, counts.undecided


def counted(platform, known, who: str = WHO) -> list[tuple[int, int, int, int]]:
    patterns = [StoredPatterns(platform.records).get(each) for each in known]
    return [totals(each.counters.get(who, Counters())) for each in patterns]


def told(platform, known, who: str = WHO) -> list[tuple[int, int, int, int]]:
    """The counts by the reports alone."""
    reports = [each for each in platform.records.scan(UsageReport) if each.agent_version == who]
    made = [Counters(), Counters()]
    for report in reports:
        made = [counts.corrected("", "", report.fate_of(id)) for counts, id in zip(made, known, strict=True)]
    return [totals(each) for each in made]


WRITES_OF_ONE = 4
"""The report, two patterns, the report again."""


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("dies_before", range(WRITES_OF_ONE))
@pytest.mark.parametrize("killed", range(6))
def test_a_report_that_was_killed_counts_once_when_it_is_sent_again_or_by_the_next_pass(
    platform, known, killed, dies_before, lost
):
    for number, (task, said) in enumerate(words(known)):
        if number == killed:
            mortal = platform.using(records=Mortal(platform.records, dies_before))
            with pytest.raises(Killed):
                report_use(mortal, task, WHO, **said)
            if lost:
                count_reports(platform)
                continue
        report_use(platform, task, WHO, **said)
    assert counted(platform, known) == told(platform, known)
    assert platform.records.count(UsageReport, {"counted": False}) == 0
    if not lost:
        assert counted(platform, known) == [(2, 1, 1, 0), (2, 1, 1, 0)]


def test_what_a_killed_report_left_is_corrected_by_a_later_word_of_the_same_task(platform, known):
    for dies_before in range(WRITES_OF_ONE):
        task = f"t{dies_before}"
        mortal = platform.using(records=Mortal(platform.records, dies_before))
        with pytest.raises(Killed):
            report_use(mortal, task, WHO, used=known, succeeded=True)
        report_use(platform, "another", WHO, used=known, succeeded=True)
        report_use(platform, task, WHO, used=known, succeeded=False)
    assert counted(platform, known) == [(WRITES_OF_ONE + 1, WRITES_OF_ONE + 1, 1, 0)] * 2


@pytest.mark.parametrize("calls", range(16))
def test_words_about_one_task_that_cross_each_other_count_as_what_was_stored_last(platform, known, calls):
    report_use(platform, "t", WHO, used=known, succeeded=True)

    def rival():
        report_use(platform, "t", WHO, used=known[:1], succeeded=False)
        report_use(platform, "other", WHO, used=known, succeeded=True)
        report_use(platform, "t", WHO, used=known, succeeded=True)
        report_use(platform, "another", WHO, used=known, succeeded=True)

    report_use(
        platform.using(records=Crossed(platform.records, calls, rival)), "t", WHO, used=known[1:], succeeded=False
    )
    assert counted(platform, known) == told(platform, known)


@pytest.mark.parametrize("seed", range(8))
def test_killed_and_crossing_reports_agree_with_the_counts_after_the_next_pass(platform, known, seed):
    chance = random.Random(seed)

    def word(records) -> None:
        said = {
            "used": chance.sample(known, chance.randint(0, 2)),
            "retrieved": known,
            "succeeded": chance.choice([None, True, False]),
        }
        report_use(platform.using(records=records), chance.choice("abc"), WHO, **said)

    for _ in range(30):
        crossed = Crossed(platform.records, chance.randrange(14), lambda: word(platform.records))
        try:
            word(Mortal(crossed, chance.choice([None, None, 0, 1, 2, 3])))
        except Killed:
            continue
    count_reports(platform)
    assert counted(platform, known) == told(platform, known)


def test_what_was_counted_is_not_remembered_for_long(platform, known):
    for task in map(str, range(5)):
        report_use(platform, task, WHO, used=known, succeeded=True)
    assert [len(each.counters[WHO].under_way) for each in StoredPatterns(platform.records).all("active")] == [1, 1]


def test_the_newest_uses_stand_in_the_order_in_which_their_ends_were_told(platform, known):
    for task in "abc":
        report_use(platform, task, WHO, used=known[:1])
    for task, succeeded in (("b", True), ("a", False), ("c", True), ("a", True), ("b", False)):
        report_use(platform, task, WHO, used=known[:1], succeeded=succeeded)
    recent = StoredPatterns(platform.records).get(known[0]).counters[WHO].recent
    assert [each.succeeded for each in recent] == [False, True, True], "b, a, c"


def test_a_pattern_keeps_counts_of_the_agent_versions_that_reported_last(platform, known):
    for number in range(MOST_VERSIONS + 2):
        report_use(platform, "t", f"clerk@{number}", used=known[:1], succeeded=True)
        report_use(platform, str(number), "clerk@0", used=known[:1], succeeded=True)
    kept = StoredPatterns(platform.records).get(known[0]).counters
    assert len(kept) == MOST_VERSIONS
    assert "clerk@0" in kept
    assert f"clerk@{MOST_VERSIONS + 1}" in kept
    assert "clerk@1" not in kept
