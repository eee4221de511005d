"""What a pattern said at each decision can be read later."""

from dataclasses import replace

from autorefine import AutoRefine, InMemoryRepository, revisions
from autorefine.audit import entry
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from tests.autorefine.runs import LOOK_UP, pattern, planted

ADVICE = pattern([trace_of(each) for each in planted(20)], LOOK_UP)


def told(repository: InMemoryRepository, n: int, said: str) -> None:
    now = replace(ADVICE, guideline=said)
    repository.note([entry(now, now, Verdict("replay", "hold", f"too few runs at {n}"), n=n, at=1.0)])


def test_a_pattern_can_be_seen_as_it_was_when_it_was_found_admitted_and_confirmed():
    repository = InMemoryRepository()
    AutoRefine(repository, clock=lambda: 1.0).refine(planted(200))
    active = next(each for each in repository.all("active") if each.kind == "skill")
    kept = revisions(repository, active.id)
    states = [each.now for each in kept]
    assert states[0] == "candidate"
    assert states.count("active") > 1, "it was confirmed on more runs"
    assert states == sorted(states, reverse=True)
    assert kept[0].said != kept[-1].said
    assert kept[0].numbers["support_followed"] < kept[-1].numbers["support_followed"]


def test_a_decision_that_left_everything_as_it_was_is_no_revision():
    repository = InMemoryRepository()
    for n, said in enumerate(("a", "a", "b", "b", "a")):
        told(repository, n, said)
    assert [(each.n, each.said) for each in revisions(repository, ADVICE.id)] == [(0, "a"), (2, "b"), (4, "a")]


def test_only_the_newest_revisions_are_returned_oldest_first():
    repository = InMemoryRepository()
    for n in range(50):
        told(repository, n, f"said {n}")
    assert [each.n for each in revisions(repository, ADVICE.id)] == list(range(30, 50))
    assert [each.n for each in revisions(repository, ADVICE.id, 2)] == [48, 49]


def test_a_pattern_that_nobody_knows_has_none():
    assert revisions(InMemoryRepository(), "nobody") == []
