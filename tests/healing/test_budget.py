"""Budgets and the breaker, on a real store."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.healing.budget import BlastRadius, judge, look, spend, window_of
from kintsugi.records import Budget
from kintsugi.settings import HealingSettings

LIMITS = HealingSettings(max_items=100, max_share=0.2, max_repairs=3, window=1000)


def radius(items: int, share: float = 0.01, target: str = "index") -> BlastRadius:
    return BlastRadius(items, share, (target,))


def nothing_spent() -> Budget:
    return Budget(id="index@0", target="index", window_start=0)


def test_a_small_repair_is_within_and_a_large_one_needs_a_person():
    assert judge(radius(100), nothing_spent(), LIMITS).answer == "within"
    assert judge(radius(101), nothing_spent(), LIMITS).answer == "over"


def test_a_large_share_of_a_small_target_needs_a_person_too():
    verdict = judge(radius(5, share=0.5), nothing_spent(), LIMITS)
    assert verdict.answer == "over"
    assert "50% of index is more than 20%" in str(verdict)


def test_many_small_repairs_may_not_add_up_to_a_large_one(platform):
    assert spend(platform.records, LIMITS, radius(60), key="a").answer == "within"
    verdict = spend(platform.records, LIMITS, radius(60), key="b")
    assert verdict.answer == "over"
    assert "120 items in this window" in str(verdict)


def test_a_repair_that_resumes_pays_once(platform):
    for _ in range(5):
        assert spend(platform.records, LIMITS, radius(60), key="a").answer == "within"
    spent = window_of(platform.records, "index", LIMITS.window)
    assert (spent.repairs, spent.items) == (1, 60)


def test_a_repair_that_grew_pays_the_difference(platform):
    spend(platform.records, LIMITS, radius(60), key="a")
    assert spend(platform.records, LIMITS, radius(80), key="a").answer == "within"
    assert window_of(platform.records, "index", LIMITS.window).items == 80
    assert spend(platform.records, LIMITS, radius(101), key="a").answer == "over"


def test_the_breaker_opens_after_too_many_repairs_and_heeds_no_approval(platform):
    for key in ("a", "b", "c"):
        assert spend(platform.records, LIMITS, radius(1), key=key).answer == "within"
    assert spend(platform.records, LIMITS, radius(1), key="d", approved=10).answer == "open"
    assert spend(platform.records, LIMITS, radius(1), key="c").answer == "within"


def test_a_new_window_starts_from_zero(platform, clock):
    for key in ("a", "b", "c"):
        spend(platform.records, LIMITS, radius(30), key=key)
    clock.advance(LIMITS.window)
    assert spend(platform.records, LIMITS, radius(30), key="d").answer == "within"


def test_an_approval_covers_what_was_approved_and_not_more(platform):
    assert spend(platform.records, LIMITS, radius(500, 0.9), key="a", approved=500).answer == "within"
    assert spend(platform.records, LIMITS, radius(501, 0.9), key="a", approved=500).answer == "over"


def test_looking_spends_nothing(platform):
    look(platform.records, LIMITS, radius(60), key="a")
    assert platform.records.count(Budget) == 0


def test_two_targets_are_judged_each_by_its_own_window(platform):
    spend(platform.records, LIMITS, radius(90, target="one"), key="a")
    both = BlastRadius(20, 0.01, ("two", "one"))
    assert look(platform.records, LIMITS, both, key="b").answer == "over"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(min_value=1, max_value=60), min_size=2, max_size=8))
def test_repairs_that_start_at_once_never_spend_more_than_there_is(platform, sizes):
    name = str(uuid4())
    with ThreadPoolExecutor(len(sizes)) as pool:
        verdicts = list(
            pool.map(
                lambda job: spend(platform.records, LIMITS, radius(job[1], target=name), key=f"repair-{job[0]}"),
                enumerate(sizes),
            )
        )
    granted = [size for size, verdict in zip(sizes, verdicts, strict=True) if verdict.answer == "within"]
    spent = window_of(platform.records, name, LIMITS.window)
    assert spent.items == sum(granted) <= LIMITS.max_items
    assert spent.repairs == len(granted) <= LIMITS.max_repairs
