"""One event for many announcements."""

from concurrent.futures import ThreadPoolExecutor

from kintsugi.records import WakeUp
from kintsugi.wake_ups import LOST_AFTER, PUBLISH, REFINE, answered, is_due


def test_who_calls_first_sends_and_the_others_do_not(platform):
    assert is_due(platform.records, PUBLISH, "a")
    assert not is_due(platform.records, PUBLISH, "b")
    assert is_due(platform.records, REFINE, "b")


def test_the_same_caller_sends_again_since_it_may_have_been_killed_in_between(platform):
    assert is_due(platform.records, PUBLISH, "a")
    assert is_due(platform.records, PUBLISH, "a")


def test_after_the_consumer_has_come_the_next_one_sends(platform):
    is_due(platform.records, PUBLISH, "a")
    answered(platform.records, PUBLISH)
    answered(platform.records, PUBLISH)
    assert is_due(platform.records, PUBLISH, "b")


def test_a_note_whose_event_was_lost_ends(platform, clock):
    is_due(platform.records, PUBLISH, "a")
    clock.advance(LOST_AFTER - 1)
    assert not is_due(platform.records, PUBLISH, "b")
    clock.advance(1)
    assert is_due(platform.records, PUBLISH, "b")
    assert not is_due(platform.records, PUBLISH, "c")


def test_a_note_from_the_future_counts_for_nothing(platform):
    platform.records.put([WakeUp(id=PUBLISH, by="a", at=platform.records.now() + 3600)])
    assert is_due(platform.records, PUBLISH, "b")


def test_of_many_at_once_one_sends(platform):
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda n: is_due(platform.records, PUBLISH, f"run {n}"), range(40)))
    assert sum(sent) == 1
