"""Fault 14: chunks are missing from the index."""

import random

import pytest

from kintsugi.errors import StaleEpochError, TerminalError
from kintsugi.healing import heal as steps
from kintsugi.healing.detectors import detector_named, detectors
from kintsugi.healing.hold import take
from kintsugi.healing.incidents import open_incidents
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.index.publish import publish
from kintsugi.records import Budget, Chunk, Document, Incident, Repair, RunRef, Suspect, Vector
from kintsugi.settings import HealingSettings
from tests.builders import RUN
from tests.healing.conftest import Killed, dying_after, lose, seed, served, snapshot

LATER = RunRef(dag="test", run_id="run-2")


def an_incident(platform, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    return incident


def heal(platform, incident, sleep, run=RUN):
    orchestrator = InProcessOrchestrator(platform, run)
    return steps.heal(platform, incident.id, run, orchestrator, rng=random.Random(0), sleep=sleep)


def with_limits(platform, **limits):
    healing = HealingSettings(**(platform.settings.healing.model_dump() | limits))
    settings = platform.settings.model_copy(update={"healing": healing})
    other = type(platform)(settings, platform.clock)
    return other.using(records=platform.records, index=platform.index, embedder=platform.embedder)


@pytest.mark.parametrize("chaos", range(3))
def test_a_random_subset_that_was_deleted_is_restored_to_the_byte(corpus, sleep, chaos):
    before = snapshot(corpus)
    embedded = len(corpus.embedder.embedded)
    lost = lose(corpus, 4 + chaos * 3, seed=chaos)
    incident = an_incident(corpus, sleep)
    assert list(incident.evidence) == lost
    assert heal(corpus, incident, sleep).state == "resolved"
    assert snapshot(corpus) == before
    assert sorted(item for line in corpus.records.scan(Repair) for item in line.items) == lost
    assert len(corpus.embedder.embedded) == embedded, "healing must not embed anything"


def test_a_second_pass_does_nothing(corpus, sleep):
    lose(corpus, 5)
    incident = an_incident(corpus, sleep)
    healed = heal(corpus, incident, sleep)
    ledger = list(corpus.records.scan(Repair))
    again = heal(corpus, incident, sleep, run=LATER)
    assert again.but(epoch=0, version=0) == healed.but(epoch=0, version=0)
    assert list(corpus.records.scan(Repair)) == ledger
    assert sweep(corpus, RUN, sleep=sleep) == []


def test_thirty_rounds_without_a_fault_do_nothing_at_all(corpus, clock):
    for _ in range(30):
        assert [anomaly for detector in detectors(corpus) for anomaly in detector.detect()] == []
        clock.advance(5)
    assert [corpus.records.count(kind) for kind in (Incident, Repair, Budget, Suspect)] == [0, 0, 0, 0]


def test_a_chunk_counts_as_missing_only_after_the_grace_period(corpus, clock):
    lose(corpus, 3)
    detector = detector_named(corpus, "missing-chunks", grace=10)
    assert detector.detect() == []
    clock.advance(9.9)
    assert detector.detect() == []
    clock.advance(0.1)
    assert detector.detect()[0].numbers["missing"] == 3


def test_the_two_looks_may_come_from_two_processes(corpus, clock):
    lost = lose(corpus, 3)
    assert detector_named(corpus, "missing-chunks").detect() == []
    clock.advance(corpus.settings.healing.grace)
    (anomaly,) = detector_named(corpus, "missing-chunks").detect()
    assert list(anomaly.evidence) == lost


def test_what_was_there_again_in_between_starts_its_grace_anew(corpus, clock):
    before = {each.id: each for each in corpus.index.entries(served(corpus).id)}
    lost = lose(corpus, 3)
    detector = detector_named(corpus, "missing-chunks", grace=10)
    detector.detect()
    clock.advance(8)
    corpus.index.write(served(corpus).id, [before[id] for id in lost])
    assert detector.detect() == []
    corpus.index.delete(served(corpus).id, lost)
    clock.advance(8)
    assert detector.detect() == []


def test_what_is_not_published_yet_is_not_missing(corpus, clock):
    seed(corpus, documents=23)
    for _ in range(3):
        assert detector_named(corpus, "missing-chunks", grace=0).detect() == []
        clock.advance(60)


def test_nothing_served_means_nothing_missing(platform):
    assert detector_named(platform, "missing-chunks", grace=0).detect() == []


def test_what_has_passed_by_itself_is_closed_without_an_action(corpus, sleep):
    before = {each.id: each for each in corpus.index.entries(served(corpus).id)}
    lost = lose(corpus, 3)
    incident = an_incident(corpus, sleep)
    corpus.index.write(served(corpus).id, [before[id] for id in lost])
    after = heal(corpus, incident, sleep)
    assert (after.state, after.outcome) == ("resolved", "passed by itself")
    assert corpus.records.count(Repair) == corpus.records.count(Budget) == 0


def test_entries_that_nobody_lost_are_not_touched(corpus, sleep):
    kept = served(corpus).id
    stranger = next(iter(corpus.index.entries(kept)))
    lose(corpus, 3)
    from dataclasses import replace

    corpus.index.write(kept, [replace(stranger, id="0" * 32, text="an orphan", digest=7)])
    heal(corpus, an_incident(corpus, sleep), sleep)
    assert next(iter(corpus.index.entries(kept, ["0" * 32]))).text == "an orphan"


def test_a_loss_that_is_larger_than_the_budget_waits_for_a_person(corpus, sleep):
    before = snapshot(corpus)
    lose(corpus, 30)
    incident = an_incident(corpus, sleep)
    waiting = heal(corpus, incident, sleep)
    assert waiting.state == "awaiting approval"
    assert steps.needs_approval(corpus, incident.id)
    assert "50% of" in waiting.history[-1]["note"]
    assert corpus.records.count(Repair) == 0
    steps.approve(corpus, incident.id, RUN, by="ada")
    assert heal(corpus, incident, sleep).state == "resolved"
    assert snapshot(corpus) == before


def test_what_a_person_denies_is_not_touched(corpus, sleep):
    lose(corpus, 30)
    damaged = snapshot(corpus)
    incident = an_incident(corpus, sleep)
    heal(corpus, incident, sleep)
    denied = steps.deny(corpus, incident.id, RUN, by="ada", reason="planned work")
    assert (denied.state, denied.outcome) == ("escalated", "denied by ada: planned work")
    assert steps.approve(corpus, incident.id, RUN, by="bob").state == "escalated"
    assert heal(corpus, incident, sleep).state == "escalated"
    assert snapshot(corpus) == damaged


def test_an_approval_does_not_cover_what_was_lost_since(corpus, sleep):
    lose(corpus, 30, seed=1)
    incident = an_incident(corpus, sleep)
    heal(corpus, incident, sleep)
    steps.approve(corpus, incident.id, RUN, by="ada")
    lose(corpus, 50, seed=2)
    damaged = snapshot(corpus)
    after = heal(corpus, incident, sleep)
    assert after.state == "escalated"
    assert "more than was planned" in after.outcome
    assert snapshot(corpus) == damaged


def test_the_breaker_stops_a_healer_that_goes_in_circles(corpus, sleep):
    limited = with_limits(corpus, max_repairs=2)
    for round in range(2):
        lose(limited, 3, seed=round)
        assert heal(limited, an_incident(limited, sleep), sleep).state == "resolved"
    lose(limited, 3, seed=9)
    damaged = snapshot(limited)
    incident = an_incident(limited, sleep)
    after = heal(limited, incident, sleep)
    assert after.state == "escalated"
    assert "the breaker is open" in after.outcome
    assert snapshot(limited) == damaged
    assert an_incident(limited, sleep).id == incident.id, "an escalated incident rests"


def test_a_repair_that_does_not_hold_is_undone_exactly_and_given_to_a_person(corpus, sleep, monkeypatch):
    lost = lose(corpus, 4, seed=1)
    incident = an_incident(corpus, sleep)
    orchestrator = InProcessOrchestrator(corpus, RUN)
    steps.diagnose(corpus, incident.id, RUN, orchestrator)
    steps.plan(corpus, incident.id, RUN)
    assert steps.repair(corpus, incident.id, RUN, orchestrator, random.Random(0)) is None
    other = lose(corpus, 1, seed=5)
    assert not set(other) & set(lost)
    still_verifying = steps.verify(corpus, incident.id, RUN, orchestrator)
    assert (still_verifying.state, still_verifying.verification["verified"]) == ("verifying", False)
    steps.undo(corpus, incident.id, RUN, orchestrator, random.Random(0))
    after = steps.close(corpus, incident.id, RUN)
    assert after.state == "escalated"
    assert after.outcome.startswith("undone, because: 1 of 60 chunks are missing")
    gone = {each.id for each in corpus.records.scan(Chunk)} - set(snapshot(corpus))
    assert gone == {*lost, *other}
    assert [line.state for line in corpus.records.scan(Repair)] == ["undone"]


def test_a_restored_entry_that_shows_something_else_does_not_pass_the_recount(corpus, sleep):
    lose(corpus, 3)
    incident = an_incident(corpus, sleep)
    orchestrator = InProcessOrchestrator(corpus, RUN)
    steps.diagnose(corpus, incident.id, RUN, orchestrator)
    steps.plan(corpus, incident.id, RUN)
    steps.repair(corpus, incident.id, RUN, orchestrator, random.Random(0))
    from dataclasses import replace

    generation = served(corpus).id
    (entry,) = corpus.index.entries(generation, incident.evidence[:1])
    corpus.index.write(generation, [replace(entry, text="something else")])
    after = steps.verify(corpus, incident.id, RUN, orchestrator)
    assert after.state == "verifying"
    assert "1 restored entries differ from the truth" in after.verification["reason"]


def test_a_vector_that_is_not_in_the_cache_is_never_guessed(corpus, sleep):
    lost = lose(corpus, 2)
    damaged = snapshot(corpus)
    missing = corpus.records.get(Chunk, lost[0])
    corpus.records.delete(Vector, [Vector.key(served(corpus).fingerprint, missing.text_hash)])
    after = heal(corpus, an_incident(corpus, sleep), sleep)
    assert after.state == "escalated"
    assert "no cached vector" in after.outcome
    assert snapshot(corpus) == damaged


def test_an_escalated_incident_can_be_healed_after_a_person_reopened_it(corpus, sleep):
    before = snapshot(corpus)
    lost = lose(corpus, 2)
    key = Vector.key(served(corpus).fingerprint, corpus.records.get(Chunk, lost[0]).text_hash)
    vector = corpus.records.get(Vector, key)
    corpus.records.delete(Vector, [key])
    incident = an_incident(corpus, sleep)
    assert heal(corpus, incident, sleep).state == "escalated"
    corpus.records.put([vector])
    from kintsugi.healing.incidents import reopen

    assert reopen(corpus.records, incident.id, LATER).attempt == 2
    assert heal(corpus, incident, sleep, run=LATER).state == "resolved"
    assert snapshot(corpus) == before


def test_a_healer_that_comes_late_is_refused_and_the_newer_one_completes(corpus, sleep, clock):
    before = snapshot(corpus)
    lose(corpus, 3)
    incident = an_incident(corpus, sleep)
    late = take(corpus, incident.id, RUN)
    clock.advance(corpus.settings.healing.lease)
    assert heal(corpus, incident, sleep, run=LATER).state == "resolved"
    with pytest.raises(StaleEpochError):
        late.move("diagnosed")
    assert snapshot(corpus) == before


def test_a_document_deleted_while_its_chunks_were_missing_stays_deleted(corpus, sleep, clock):
    lost = lose(corpus, 1)
    incident = an_incident(corpus, sleep)
    gone = corpus.records.get(Chunk, lost[0])
    chunks = [each.but(live=False) for each in corpus.records.scan(Chunk, {"document": gone.document})]
    head = corpus.records.get(Document, gone.document)
    corpus.records.put(chunks)
    corpus.records.put([head.but(deleted_at=clock.now, changed_at=clock.now)])
    assert heal(corpus, incident, sleep).outcome == "passed by itself"
    assert lost[0] not in snapshot(corpus)


def test_killed_after_any_write_the_next_healer_comes_to_the_same_end(corpus, sleep, clock):
    before = snapshot(corpus)
    deaths = 0
    while True:
        clock.advance(corpus.settings.healing.window)
        lose(corpus, 2, seed=deaths)
        incident = an_incident(corpus, sleep)
        try:
            heal(dying_after(corpus, deaths), incident, sleep)
        except Killed:
            deaths += 1
            clock.advance(corpus.settings.healing.lease)
            assert heal(corpus, incident, sleep, run=LATER).state == "resolved"
            assert snapshot(corpus) == before
            spent = [each for each in corpus.records.scan(Budget) if each.spent_by.keys() & {f"{incident.id}/1"}]
            assert sum(each.items for each in spent) <= 2
        else:
            break
    assert deaths > 15, "a healer that writes so little was not killed everywhere"
    assert list(open_incidents(corpus.records)) == []


def test_a_generation_that_is_unknown_is_named(corpus):
    from kintsugi.healing.actions import action_named

    with pytest.raises(TerminalError, match=r"generation nope: unknown; .*`kintsugi generations list`"):
        action_named("upsert-from-truth").blast_radius(corpus, {"generation": "nope"})


def test_publishing_after_healing_finds_nothing_to_do(corpus, sleep):
    lose(corpus, 5)
    heal(corpus, an_incident(corpus, sleep), sleep)
    before = snapshot(corpus)
    publish(corpus, RUN)
    assert snapshot(corpus) == before
