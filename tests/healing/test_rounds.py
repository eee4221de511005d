"""What a person opened once is paid once, waited for once and told once, however many heal runs it takes."""

import random

import pytest

from kintsugi.errors import SafetyError
from kintsugi.healing import heal as steps
from kintsugi.healing.budget import BlastRadius, spend, window_of
from kintsugi.healing.episode import episode_of
from kintsugi.healing.hold import let_go
from kintsugi.healing.incidents import mark_notified, open_incidents, reopen, revive_stalled
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.healing.transitions import round_of
from kintsugi.records import Budget, Lease, Repair, RunRef
from tests.builders import RUN
from tests.healing.conftest import Killed, dying_after, lose, served, snapshot

CLI = RunRef(dag="cli", run_id="heal-1")


def prepared(platform, sleep, run=RUN):
    """Return an incident that was diagnosed and planned, as the tasks of a heal run leave it."""
    (incident,) = sweep(platform, RUN, sleep=sleep)
    mark_notified(platform.records, incident.id, 1)
    steps.diagnose(platform, incident.id, run, InProcessOrchestrator(platform, run))
    return steps.plan(platform, incident.id, run)


def repaired(platform, incident, run=RUN):
    orchestrator = InProcessOrchestrator(platform, run)
    assert steps.repair(platform, incident.id, run, orchestrator, random.Random(0)) is None
    steps.verify(platform, incident.id, run, orchestrator)
    return steps.close(platform, incident.id, run)


def test_a_budget_that_is_used_up_after_the_plan_leads_to_a_run_that_asks_a_person(corpus, sleep):
    before = snapshot(corpus)
    lose(corpus, 3)
    planned = prepared(corpus, sleep)
    others = BlastRadius(corpus.settings.healing.max_items, 0.0, (served(corpus).id,))
    spend(corpus.records, corpus.settings.healing, others, key="another repair")
    waiting = repaired(corpus, planned)
    assert waiting.state == "awaiting approval"
    (due,) = open_incidents(corpus.records)
    assert due.notified_attempt < due.attempt, "no dispatcher would start the run that asks"
    steps.approve(corpus, due.id, CLI, by="ada")
    after = repaired(corpus, due, CLI)
    assert after.state == "resolved"
    assert snapshot(corpus) == before
    actions = [step.action for step in episode_of(after, list(corpus.records.scan(Repair))).steps]
    assert actions == ["diagnose", "plan", "ask a person", "upsert-from-truth", "verify"]


def test_nobody_holds_an_incident_that_waits_for_a_person(corpus, sleep):
    lose(corpus, 40)
    waiting = prepared(corpus, sleep)
    assert waiting.state == "awaiting approval"
    orchestrator = InProcessOrchestrator(corpus, CLI)
    assert steps.heal(corpus, waiting.id, CLI, orchestrator, sleep=sleep).state == "awaiting approval"
    (lease,) = corpus.records.scan(Lease)
    assert lease.expires_at <= corpus.records.now()
    assert steps.approve(corpus, waiting.id, RUN, by="ada").state == "repairing"


def test_a_repair_that_goes_on_in_the_next_window_pays_in_the_one_it_began_in(corpus, sleep, clock):
    clock.advance(-(clock.now % corpus.settings.healing.window))
    clock.advance(corpus.settings.healing.window - 60)
    lose(corpus, 3)
    planned = prepared(corpus, sleep)
    orchestrator = InProcessOrchestrator(corpus, RUN)
    with pytest.raises(Killed):
        steps.repair(dying_after(corpus, 6), planned.id, RUN, orchestrator, random.Random(0))
    assert corpus.records.count(Repair) == 1
    clock.advance(120)
    assert repaired(corpus, planned).state == "resolved"
    (paid,) = corpus.records.scan(Budget)
    assert (paid.repairs, paid.items) == (1, 3)
    assert window_of(corpus.records, served(corpus).id, corpus.settings.healing.window).repairs == 0


def test_the_next_attempt_completes_the_lines_of_the_dead_one_and_pays_nothing_again(corpus, sleep, clock):
    lose(corpus, 3)
    planned = prepared(corpus, sleep)
    orchestrator = InProcessOrchestrator(corpus, RUN)
    with pytest.raises(Killed):
        steps.repair(dying_after(corpus, 6), planned.id, RUN, orchestrator, random.Random(0))
    clock.advance(corpus.settings.healing.lease * 2)
    (revived,) = revive_stalled(corpus.records, corpus.settings.healing, RUN)
    assert revived.attempt == 2
    after = repaired(corpus, revived, CLI)
    assert after.state == "resolved"
    assert [(line.state, len(line.items)) for line in corpus.records.scan(Repair)] == [("done", 3)]
    (paid,) = corpus.records.scan(Budget)
    assert (paid.repairs, paid.items) == (1, 3)
    actions = [step.action for step in episode_of(after, list(corpus.records.scan(Repair))).steps]
    assert actions == ["diagnose", "plan", "upsert-from-truth", "verify"]


def test_what_a_person_reopens_is_a_new_round(corpus, sleep):
    lose(corpus, 40)
    waiting = prepared(corpus, sleep)
    steps.deny(corpus, waiting.id, RUN, by="ada")
    let_go(corpus, waiting.id, RUN)
    assert round_of(waiting) == 1
    assert round_of(reopen(corpus.records, waiting.id, CLI)) == 2


def test_a_ledger_line_beyond_what_was_paid_is_refused(corpus, sleep):
    from kintsugi.healing.hold import take
    from kintsugi.healing.ledger import Ledger

    lose(corpus, 3)
    planned = prepared(corpus, sleep)
    ledger = Ledger(take(corpus, planned.id, RUN), planned, 0, "upsert-from-truth", 2)
    with pytest.raises(SafetyError):
        ledger.begin(["a", "b", "c"])
