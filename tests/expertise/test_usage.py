"""A usage report counts once, and corrects what an earlier one said."""

import pytest

from autorefine.config import RefineConfig
from autorefine.counters import BLOCK, Counters
from autorefine.drift import drifted
from kintsugi.errors import DataError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.usage import MOST_PATTERNS, report_use
from kintsugi.records import UsageReport

WHO = "clerk@2"


def counts(platform, id, who: str = WHO) -> Counters:
    """The counts alone, without what is remembered of single tasks."""
    kept = StoredPatterns(platform.records).get(id).counters.get(who, Counters())
    return Counters(kept.retrieved, kept.used, kept.succeeded, undecided=kept.undecided)


def test_a_report_counts_what_was_given_used_and_used_with_success(platform, known):
    told = report_use(platform, "t1", WHO, retrieved=known, used=known[:1], succeeded=True)
    assert counts(platform, known[0]) == Counters(1, 1, 1)
    assert counts(platform, known[1]) == Counters(1, 0, 0)
    assert sorted(told.counted) == sorted(known)


def test_the_same_report_twice_counts_once(platform, known):
    for _ in range(2):
        told = report_use(platform, "t1", WHO, retrieved=known, used=known[:1], succeeded=True)
    assert told.counted == ()
    assert counts(platform, known[0]) == Counters(1, 1, 1)


def test_an_outcome_that_changes_corrects_the_count(platform, known):
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    report_use(platform, "t1", WHO, used=known[:1], succeeded=False)
    assert counts(platform, known[0]) == Counters(1, 1, 0)
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    assert counts(platform, known[0]) == Counters(1, 1, 1)


def test_a_use_that_is_taken_back_is_no_use(platform, known):
    report_use(platform, "t1", WHO, used=known, succeeded=True)
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    assert counts(platform, known[1]) == Counters(1, 0, 0)


def test_what_was_retrieved_before_the_report_is_not_counted_again(platform, known):
    report_use(platform, "t1", WHO, retrieved=known[:1])
    report_use(platform, "t1", WHO, retrieved=known[:1])
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    assert counts(platform, known[0]) == Counters(1, 1, 1)


def test_a_retrieval_after_the_last_word_does_not_change_how_it_ended(platform, known):
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    told = report_use(platform, "t1", WHO, retrieved=known[1:])
    assert told.report.succeeded is True
    assert counts(platform, known[0]) == Counters(1, 1, 1)
    assert counts(platform, known[1]) == Counters(1, 0, 0)


def test_tasks_and_agent_versions_are_counted_apart(platform, known):
    report_use(platform, "t1", WHO, used=known[:1], succeeded=True)
    report_use(platform, "t2", WHO, used=known[:1], succeeded=False)
    report_use(platform, "t1", "clerk@3", used=known[:1], succeeded=False)
    assert counts(platform, known[0]) == Counters(2, 2, 1)
    assert counts(platform, known[0], "clerk@3") == Counters(1, 1, 0)


def test_unknown_ids_are_named_and_the_rest_counts(platform, known):
    told = report_use(platform, "t1", WHO, used=[known[0], "nothing"], succeeded=True)
    assert told.unknown == ("nothing",)
    assert told.counted == (known[0],)


def test_success_without_use_is_not_counted(platform, known):
    report_use(platform, "t1", WHO, retrieved=known, succeeded=True)
    assert counts(platform, known[0]) == Counters(1, 0, 0)


def drifting(platform, id) -> list[str]:
    return [each.state for each in drifted([StoredPatterns(platform.records).get(id)], RefineConfig(), 100)]


@pytest.mark.parametrize("at_a_time", [1, 2, 8, 16])
def test_tasks_under_way_at_the_same_time_do_not_look_like_a_fall(platform, known, at_a_time):
    for first in range(0, 3 * BLOCK, at_a_time):
        tasks = [f"t{first + n}" for n in range(at_a_time)]
        for task in tasks:
            report_use(platform, task, WHO, used=known[:1])
        assert drifting(platform, known[0]) == []
        for task in tasks:
            report_use(platform, task, WHO, used=known[:1], succeeded=True)
            assert drifting(platform, known[0]) == []


def test_a_fall_that_agents_report_retires_the_pattern(platform, known):
    for number in range(3 * BLOCK):
        report_use(platform, f"t{number}", WHO, used=known[:1], succeeded=number < 2 * BLOCK)
    assert drifting(platform, known[0]) == ["retired"]


def test_a_fall_that_turns_out_to_be_none_retires_nothing(platform, known):
    for number in range(3 * BLOCK):
        report_use(platform, f"t{number}", WHO, used=known[:1], succeeded=number < 2 * BLOCK)
    for number in range(2 * BLOCK, 3 * BLOCK):
        report_use(platform, f"t{number}", WHO, used=known[:1], succeeded=True)
    assert drifting(platform, known[0]) == []


def test_a_correction_of_what_is_long_past_is_no_news(platform, known):
    for number in range(3 * BLOCK):
        report_use(platform, f"t{number}", WHO, used=known[:1], succeeded=True)
    for number in range(20):
        report_use(platform, f"t{number}", WHO, used=known[:1], succeeded=False)
    assert drifting(platform, known[0]) == []
    assert counts(platform, known[0]) == Counters(3 * BLOCK, 3 * BLOCK, 3 * BLOCK - 20)


@pytest.mark.parametrize(
    ("task", "who", "used"),
    [("", WHO, ()), ("x" * 401, WHO, ()), ("t", " ", ()), ("a\0b", WHO, ()), ("t", WHO, range(MOST_PATTERNS + 1))],
)
def test_what_is_no_report_is_refused_and_nothing_is_kept(platform, task, who, used):
    with pytest.raises(DataError):
        report_use(platform, task, who, used=map(str, used))
    assert platform.records.count(UsageReport) == 0
