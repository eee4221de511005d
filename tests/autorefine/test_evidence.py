"""Which runs are kept as evidence, and what they are counted for."""

from autorefine.evidence import Evidence, measure, sample, tally


def runs(name: str, count: int, *, followed: bool, succeeded: int) -> list[Evidence]:
    return [Evidence(f"{name}-{followed}-{n}", n < succeeded, (1,) if followed else (), name) for n in range(count)]


def test_what_is_kept_can_be_compared_though_others_are_newer():
    old = [*runs("one@1", 60, followed=True, succeeded=48), *runs("one@1", 60, followed=False, succeeded=12)]
    newer = [*runs("two@1", 1, followed=True, succeeded=0), *runs("two@1", 300, followed=False, succeeded=240)]
    kept = sample([*old, *newer], 60)
    assert len(kept) == 60
    sides = [sum(each.stratum == "one@1" and bool(each.steps) == side for each in kept) for side in (True, False)]
    assert min(sides) >= 15
    assert measure(sample([*old, *newer], 200)).low > 0.3


def test_runs_of_agents_of_which_nobody_followed_are_the_first_to_go_and_not_counted():
    ours = [*runs("one@1", 5, followed=True, succeeded=3), *runs("one@1", 5, followed=False, succeeded=1)]
    foreign = runs("other@1", 50, followed=False, succeeded=50)
    assert [each.stratum for each in sample([*ours, *foreign], 10)] == ["one@1"] * 10
    counted = tally([*ours, *foreign])
    assert (counted.followed, counted.otherwise, counted.otherwise_succeeded) == (5, 5, 1)


def test_the_newest_of_a_side_are_kept_in_their_order():
    kept = sample(runs("one@1", 9, followed=True, succeeded=9), 3)
    assert [each.trajectory for each in kept] == ["one@1-True-6", "one@1-True-7", "one@1-True-8"]
