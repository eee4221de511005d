"""What the audit keeps of a decision, and in which order it tells."""

import json
from dataclasses import replace

import pytest

from autorefine.audit import FOUND, AuditEntry, entry
from autorefine.repository import InMemoryRepository
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

RUNS = [trace_of(each) for each in planted(60)]
ADVICE = pattern(RUNS, LOOK_UP, guard=GUARD)
ACTIVE = replace(ADVICE, state="active")
ADMITTED = Verdict("replay", "admit", "held-out runs agree", {"followed": 12.0, "size": 0.6})


def admitted(n: int = 60, at: float = 5.0) -> AuditEntry:
    return entry(ADVICE, ACTIVE, ADMITTED, n=n, at=at)


def found(n: int = 60, at: float = 5.0) -> AuditEntry:
    return entry(None, ADVICE, Verdict(FOUND, "hold", "found by extraction"), n=n, at=at)


def test_a_decision_is_kept_with_its_numbers_and_what_the_pattern_said_and_rested_on():
    kept = admitted()
    assert (kept.was, kept.now, kept.gate, kept.ruling, kept.said) == (
        "candidate",
        "active",
        "replay",
        "admit",
        ADVICE.guideline,
    )
    assert kept.numbers["followed"] == 12
    assert kept.numbers["support_followed"] == ADVICE.support.followed
    assert kept.numbers["effect_low"] == ADVICE.effect.low


def test_the_same_decision_has_the_same_id_whenever_it_is_made_and_another_one_has_another():
    assert admitted(at=5.0).id == admitted(at=9.0).id
    refused = entry(ADVICE, replace(ADVICE, state="retired"), ADMITTED, n=60, at=5.0)
    assert len({admitted().id, admitted(n=70).id, refused.id, found().id}) == 4


def test_an_entry_survives_json():
    for each in (admitted(), found()):
        assert AuditEntry.from_document(json.loads(json.dumps(each.to_document()))) == each


@pytest.mark.parametrize(("field", "value"), [("now", "asleep"), ("was", "asleep"), ("ruling", "perhaps"), ("n", "1")])
def test_an_entry_that_cannot_be_is_refused(field, value):
    with pytest.raises(ValueError, match=f"AuditEntry.{field}"):
        AuditEntry.from_document(admitted().to_document() | {field: value})


def test_the_history_tells_the_oldest_first_whatever_it_was_told_first():
    repository = InMemoryRepository()
    told = [admitted(n=20), found(n=20), admitted(n=10), found(n=10)]
    repository.note(told)
    assert [(each.n, each.gate) for each in repository.history()] == [
        (10, FOUND),
        (10, "replay"),
        (20, FOUND),
        (20, "replay"),
    ]


def test_an_entry_that_is_told_twice_is_kept_once_as_it_was_told_first():
    repository = InMemoryRepository()
    repository.note([admitted(at=5.0)])
    repository.note([admitted(at=9.0), admitted(at=9.0)])
    assert [each.at for each in repository.history()] == [5.0]


def test_the_history_of_one_pattern_leaves_out_the_others():
    other = pattern(RUNS, "guess")
    repository = InMemoryRepository()
    repository.note([admitted(), entry(other, replace(other, state="active"), ADMITTED, n=60, at=5.0)])
    assert [each.pattern for each in repository.history(other.id)] == [other.id]
    assert list(repository.history("nobody")) == []
