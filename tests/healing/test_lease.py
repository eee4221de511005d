"""Leases and their fencing epochs, on a real store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConflictError, StaleEpochError
from kintsugi.healing.lease import acquire, release, renew
from kintsugi.records import Lease


def test_a_held_lease_is_refused_with_the_wait_until_it_ends(platform, clock):
    acquire(platform.records, "it", "first", 60)
    clock.advance(20)
    with pytest.raises(ConflictError, match="held by first for another 40 s") as refused:
        acquire(platform.records, "it", "second", 60)
    assert refused.value.retry_after == 40


def test_an_expired_lease_passes_on_with_a_higher_epoch_and_fences_the_late_holder(platform, clock):
    late = acquire(platform.records, "it", "first", 60)
    clock.advance(60)
    new = acquire(platform.records, "it", "second", 60)
    assert new.epoch > late.epoch
    with pytest.raises(StaleEpochError):
        renew(platform.records, late, 60)
    assert renew(platform.records, new, 60).epoch == new.epoch


def test_a_zombie_of_the_same_run_is_fenced_like_a_stranger(platform):
    zombie = acquire(platform.records, "it", "run", 60)
    acquire(platform.records, "it", "run", 60)
    with pytest.raises(StaleEpochError):
        renew(platform.records, zombie, 60)


def test_a_lease_that_ran_out_untaken_can_still_be_renewed(platform, clock):
    lease = acquire(platform.records, "it", "run", 60)
    clock.advance(600)
    assert renew(platform.records, lease, 60).expires_at == clock.now + 60


def test_a_released_lease_is_free_at_once_and_its_epoch_goes_on_counting(platform):
    lease = acquire(platform.records, "it", "first", 60)
    release(platform.records, lease)
    assert acquire(platform.records, "it", "second", 60).epoch == lease.epoch + 1


def test_releasing_a_lease_that_passed_on_leaves_it_alone(platform, clock):
    late = acquire(platform.records, "it", "first", 60)
    clock.advance(61)
    new = acquire(platform.records, "it", "second", 60)
    release(platform.records, late)
    assert platform.records.get(Lease, "it") == new


def test_of_many_that_want_it_at_once_one_gets_it(platform):
    def attempt(holder: int) -> int:
        try:
            return acquire(platform.records, "it", f"holder-{holder}", 60).epoch
        except ConflictError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        epochs = [epoch for epoch in pool.map(attempt, range(8)) if epoch]
    assert epochs == [1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["acquire", "renew", "wait"])), max_size=25), st.uuids()
)
def test_at_any_time_only_the_newest_epoch_may_write(platform, clock, steps, name):
    mine: dict[str, Lease] = {}
    newest = 0
    for holder, step in steps:
        if step == "wait":
            clock.advance(7)
        elif step == "acquire":
            try:
                mine[holder] = acquire(platform.records, str(name), holder, 10)
            except ConflictError:
                continue
            assert mine[holder].epoch > newest
            newest = mine[holder].epoch
        elif holder in mine:
            try:
                renew(platform.records, mine[holder], 10)
            except StaleEpochError:
                assert mine[holder].epoch < newest
            else:
                assert mine[holder].epoch == newest
