from hypothesis import given
from hypothesis import strategies as st

from kintsugi.laptop.restarts import GiveUp, Restart, RestartPolicy, decide

POLICY = RestartPolicy(first=1.0, longest=8.0, limit=6, window=300.0)


def test_the_first_death_is_followed_by_a_short_wait():
    assert decide([100.0], 100.0, POLICY) == Restart(at=101.0)


def test_each_next_death_doubles_the_wait_up_to_the_longest():
    waits = []
    for count in range(1, 6):
        decision = decide([100.0] * count, 100.0, POLICY)
        assert isinstance(decision, Restart)
        waits.append(decision.at - 100.0)
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0]


def test_a_service_that_dies_again_and_again_is_given_up():
    assert decide([100.0] * 6, 100.0, POLICY) == GiveUp(deaths=6)


def test_deaths_of_long_ago_are_forgotten():
    assert decide([0.0] * 5 + [400.0], 400.0, POLICY) == Restart(at=401.0)


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=20).map(sorted))
def test_a_restart_is_never_sooner_than_the_first_wait_nor_later_than_the_longest(deaths):
    decision = decide(deaths, deaths[-1], POLICY)
    if isinstance(decision, Restart):
        assert deaths[-1] + POLICY.first <= decision.at <= deaths[-1] + POLICY.longest
    else:
        assert decision.deaths >= POLICY.limit
