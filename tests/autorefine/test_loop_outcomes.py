"""Outcomes that change, contradict each other or come late, and what the loop makes of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autorefine import InMemoryRepository, Pattern
from autorefine.lineage import restore, retire
from autorefine.loop import READ_AHEAD
from autorefine.outcome import outcome_of
from autorefine.split import in_second_half
from tests.autorefine.runs import planted, run
from tests.autorefine.test_loop import ADVICE, admitted, refine, turned


def test_an_outcome_that_changes_is_corrected_wherever_it_counts_and_back_again():
    repository = InMemoryRepository()
    refine(repository, planted(100))
    before, remembered = list(repository.all()), repository.load_state()
    told = {item.trajectory: item for each in before for item in each.evidence}
    runs = [each for each in planted(100) if each.id in told][:2]
    other = turned(runs)
    report = refine(repository, [*other, list(planted(100))[99]])
    assert (report.new, report.changed, report.known, report.n) == (0, 2, 1, 100)
    assert all(repository.load_state().seen[each.id] == outcome_of(each) for each in other)
    assert {each.id: each.success for each in repository.load_state().window}[other[0].id] == other[0].success
    corrected = [item for each in repository.all() for item in each.evidence if item.trajectory == other[0].id]
    assert {each.success for each in corrected} == {other[0].success}
    assert any(each.gate == "outcomes" and other[0].id in each.reason for each in repository.history())
    assert refine(repository, other).changed == 0
    refine(repository, turned(other, at=2.0))
    ended = {each.id: each.success for each in planted(100)}
    assert all(item.success == ended[item.trajectory] for each in repository.all() for item in each.evidence)
    assert {each.id for each in before} <= {each.id for each in repository.all()}
    assert repository.load_state().window == remembered.window


def changes(repository: InMemoryRepository, pattern: Pattern) -> list[tuple[str | None, str, str]]:
    told = repository.history(pattern.id)
    return [(each.was, each.now, each.gate) for each in told if each.was != each.now]


def test_the_gates_look_again_at_what_they_admitted_when_an_outcome_changes():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = admitted(repository)
    wrong = next(planted(200))
    report = refine(repository, turned([wrong]))
    again = repository.get(pattern.id)
    assert (again.state, again.looks) == ("active", pattern.looks + 1)
    assert changes(repository, pattern)[2:] == [("active", "candidate", "outcomes"), ("candidate", "active", "replay")]
    assert any(wrong.id in each.reason for each in repository.history(pattern.id) if each.gate == "outcomes")
    told = [(each.was, each.now) for each in report.decisions if each.pattern == pattern.id]
    assert told == [("active", "candidate"), ("candidate", "active")]


def test_an_admission_that_rested_on_outcomes_that_were_wrong_is_taken_back():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = admitted(repository)
    refine(repository, turned(planted(200)))
    assert repository.get(pattern.id).state == "candidate"
    assert any(each.avoid and each.signature == pattern.signature for each in repository.all("active"))


def test_an_admission_that_rested_on_outcomes_that_were_withdrawn_is_a_candidate_again():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = admitted(repository)
    refine(repository, (replace(each, success=not each.success) for each in planted(200)))
    assert repository.get(pattern.id).state == "candidate"


def test_a_refusal_that_rested_on_outcomes_that_were_wrong_is_looked_at_again():
    repository = InMemoryRepository()
    runs = list(planted(200))
    wrong = [replace(each, success=not each.success) if in_second_half(each.group) else each for each in runs]
    refine(repository, wrong)
    refused = next(each for each in repository.all("retired") if each.name == ADVICE)
    refine(repository, [replace(each, outcome_at=1.0) for each in runs])
    assert repository.get(refused.id).state == "active"


def test_what_people_retired_while_it_was_active_is_a_candidate_when_it_is_restored_after_a_correction():
    repository = InMemoryRepository()
    refine(repository, planted(200))
    pattern = admitted(repository)
    retire(repository, pattern.id, reason="wrong", by="an operator", now=2.0)
    refine(repository, turned(each for each in planted(200) if each.id == pattern.evidence[0].trajectory))
    assert repository.get(pattern.id).state == "retired"
    assert not [each for each in repository.history(pattern.id) if "did not take place" in each.reason]
    restore(repository, pattern.id, reason="right after all", by="an operator", now=3.0)
    assert repository.get(pattern.id).state == "candidate"


def test_contradictory_outcomes_are_evidence_for_nothing_until_somebody_decides_later():
    repository = InMemoryRepository()
    one = run("torn", "a")
    report = refine(repository, [one, replace(one, success=False), run("fine", "a")])
    assert (report.new, report.contradicted) == (1, ("torn",))
    assert report.to_document()["contradicted"] == ["torn"]
    assert refine(repository, [one]).new == 0
    assert refine(repository, [replace(one, outcome_at=5.0)]).new == 1


def test_an_outcome_that_is_withdrawn_is_evidence_for_nothing_any_more():
    repository = InMemoryRepository()
    refine(repository, planted(100))
    withdrawn = next(repository.all()).evidence[0].trajectory
    said = [replace(each, success=None, outcome_at=1.0) for each in planted(100) if each.id == withdrawn]
    report = refine(repository, said)
    assert (report.changed, report.contradicted) == (1, (withdrawn,))
    assert withdrawn not in [item.trajectory for each in repository.all() for item in each.evidence]
    assert refine(repository, planted(100)).known == 100


def test_a_contradiction_is_seen_wherever_a_batch_ends():
    repository = InMemoryRepository()
    refine(repository, planted(9))
    one = run("torn", "a")
    report = refine(repository, [one, replace(one, success=False), one, next(planted(1))])
    assert (report.new, report.contradicted, report.extractions) == (0, ("torn",), 0)
    assert "torn" not in [each.id for each in repository.load_state().window]


@pytest.mark.parametrize("between", [0, 1, READ_AHEAD - 2, READ_AHEAD - 1, READ_AHEAD, 2 * READ_AHEAD])
def test_however_far_apart_they_come_contradictory_outcomes_are_evidence_for_nothing(between):
    repository = InMemoryRepository()
    torn, others = next(planted(1, prefix="torn")), list(planted(between))
    report = refine(repository, [torn, *others, replace(torn, success=not torn.success), torn])
    assert report.contradicted == (torn.id,)
    assert torn.id not in [each.id for each in repository.load_state().window]
    assert torn.id not in [item.trajectory for each in repository.all() for item in each.evidence]
    assert refine(repository, [torn]).contradicted == ()


@settings(max_examples=40, deadline=None)
@given(st.permutations([(True, None), (False, None), (True, 1.0), (False, 2.0), (None, None)]), st.integers(0, 4))
def test_the_same_words_in_any_order_and_any_parts_leave_the_same_run_believed(words, cut):
    repository = InMemoryRepository()
    told = [replace(run("one", "a"), success=success, outcome_at=at) for success, at in words]
    refine(repository, told[:cut])
    refine(repository, told[cut:])
    assert [(each.id, each.success) for each in repository.load_state().window] == [("one", False)]


def test_what_has_no_outcome_yet_waits_and_is_taken_in_when_it_has_one():
    repository = InMemoryRepository()
    late = replace(run("late", "a"), success=None)
    report = refine(repository, [late, run("fine", "a")])
    assert (report.new, report.waiting, report.known) == (1, 1, 0)
    assert refine(repository, [replace(late, success=False)]).new == 1
    assert refine(repository, [late]).known == 1
