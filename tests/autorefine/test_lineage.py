"""Retiring a pattern, rolling it back with its descendants, and restoring what that retired."""

from dataclasses import replace

import pytest

from autorefine.lineage import UnknownPattern, descendants, restore, retire, roll_back
from autorefine.pattern import Pattern
from autorefine.repository import InMemoryRepository
from autorefine.trace import trace_of
from tests.autorefine.dying import DyingRepository, contents
from tests.autorefine.runs import pattern, planted

RUNS = [trace_of(each) for each in planted(40)]
PEOPLE = {"reason": "drawn from corrupted runs", "by": "an operator", "now": 5.0}


def family(repository: InMemoryRepository) -> dict[str, str]:
    """Store a parent that was merged into a child, that into a grandchild, and one that is no relation; by name."""
    parent = pattern(RUNS, "parent", state="retired")
    child = pattern(RUNS, "child", state="candidate", parents=(parent.id,))
    grandchild = pattern(RUNS, "grandchild", state="active", parents=(child.id,))
    other = pattern(RUNS, "other", state="active")
    named = {"parent": parent, "child": child, "grandchild": grandchild, "other": other}
    for each in named.values():
        repository.put(each)
    return {name: each.id for name, each in named.items()}


def states(repository: InMemoryRepository) -> dict[str, str]:
    return {each.id: each.state for each in repository.all()}


@pytest.fixture
def repository() -> DyingRepository:
    return DyingRepository()


def test_rolling_back_retires_all_descendants_and_nothing_else(repository):
    ids = family(repository)
    assert set(descendants(repository, ids["parent"])) == {ids["child"], ids["grandchild"]}
    made = roll_back(repository, ids["parent"], **PEOPLE)
    assert made[-1].pattern == ids["parent"]
    assert {each.pattern for each in made} == set(ids.values()) - {ids["other"]}
    assert {id for id, state in states(repository).items() if state == "active"} == {ids["other"]}


def test_restoring_gives_each_the_state_that_it_had(repository):
    ids = family(repository)
    before = states(repository)
    roll_back(repository, ids["parent"], **PEOPLE)
    restore(repository, ids["parent"], reason="they were fine", by="an operator", now=6.0)
    assert states(repository) == before
    assert all(each.withdrawals == () for each in repository.all())


def test_each_of_them_twice_changes_nothing_more(repository):
    ids = family(repository)
    for verb in (retire, roll_back, restore):
        assert verb(repository, ids["parent"], **PEOPLE)
        done, writes = contents(repository), repository.writes
        assert verb(repository, ids["parent"], **PEOPLE) == []
        assert (contents(repository), repository.writes) == (done, writes)


def test_what_was_retired_for_another_reason_since_stays_retired_and_is_named(repository):
    ids = family(repository)
    roll_back(repository, ids["parent"], **PEOPLE)
    retire(repository, ids["grandchild"], reason="wrong by itself", by="an operator", now=6.0)
    made = {each.pattern: each for each in restore(repository, ids["parent"], **PEOPLE)}
    assert states(repository)[ids["child"]] == "candidate"
    assert (made[ids["grandchild"]].now, "stays retired" in made[ids["grandchild"]].reason) == ("retired", True)
    restore(repository, ids["grandchild"], **PEOPLE)
    assert states(repository)[ids["grandchild"]] == "active"


def test_what_was_retired_by_itself_before_is_not_brought_back_by_another_ones_restoration(repository):
    ids = family(repository)
    retire(repository, ids["grandchild"], **PEOPLE)
    roll_back(repository, ids["child"], **PEOPLE)
    restore(repository, ids["child"], **PEOPLE)
    assert states(repository)[ids["grandchild"]] == "retired"
    restore(repository, ids["grandchild"], **PEOPLE)
    assert states(repository)[ids["grandchild"]] == "active"


@pytest.mark.parametrize("writes", range(8))
def test_a_rollback_and_a_restoration_that_were_killed_anywhere_are_finished_by_the_next_call(writes):
    calm, dying = InMemoryRepository(), DyingRepository()
    ids = family(calm)
    family(dying)
    for verb in (roll_back, restore):
        verb(calm, ids["parent"], **PEOPLE)
        assert dying.survive(writes, lambda verb=verb: verb(dying, ids["parent"], **PEOPLE)) >= 6
        assert contents(dying) == contents(calm)


def test_every_decision_is_in_the_history_with_who_and_why(repository):
    ids = family(repository)
    roll_back(repository, ids["parent"], **PEOPLE)
    restore(repository, ids["parent"], **PEOPLE)
    roll_back(repository, ids["parent"], **PEOPLE)
    told = list(repository.history(ids["grandchild"]))
    assert [(each.was, each.now) for each in told if each.was != each.now] == [
        ("active", "retired"),
        ("retired", "active"),
        ("active", "retired"),
    ]
    assert {(each.by, each.gate, each.at) for each in told} == {("an operator", "lineage", 5.0)}
    assert ids["parent"] in told[0].reason
    assert told[0].said == repository.get(ids["grandchild"]).guideline


def test_a_pattern_that_is_merged_while_its_parent_is_rolled_back_is_retired_as_well(repository):
    ids = family(repository)
    put = repository.put

    def merging(changed: Pattern) -> Pattern:
        repository.put = put
        other = repository.get(ids["other"])
        put(replace(other, parents=(ids["grandchild"],)))
        return put(changed)

    repository.put = merging
    roll_back(repository, ids["parent"], **PEOPLE)
    assert set(states(repository).values()) == {"retired"}


@pytest.mark.parametrize("verb", [retire, roll_back, restore])
def test_an_unknown_pattern_is_named(repository, verb):
    with pytest.raises(UnknownPattern, match="pattern nobody: expected the id of a pattern"):
        verb(repository, "nobody", **PEOPLE)
