"""Changed columns are a person's decision; what was held is then replayed, and an undecided or failed one is undone."""

import random

import pytest

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.schema import accept, schema_of
from kintsugi.documents import intake
from kintsugi.healing import heal as steps
from kintsugi.healing.actions import action_named
from kintsugi.healing.actions.action import Work
from kintsugi.healing.hold import take
from kintsugi.healing.incidents import get_incident, reopen
from kintsugi.healing.ledger import Ledger
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.healing.words import plan_as_markdown
from kintsugi.records import Incident, Partition, Repair
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.contracts.tables import SOURCE, OrdersFile, orders
from tests.healing.conftest import Killed, dying_after


@pytest.fixture
def file(platform):
    """A table whose column has another name since its first partition, which is held for it."""
    file = OrdersFile(platform)
    file.write(orders())
    intake.ingest(platform, SOURCE, "all", RUN)
    file.write(orders(customer="client_name"))
    with pytest.raises(SchemaDrift):
        intake.ingest(platform, SOURCE, "all", RUN)
    return file


def state(platform):
    return platform.records.get(Partition, f"{SOURCE}@all").state


def heal(platform, incident, sleep):
    return steps.heal(platform, incident.id, RUN, InProcessOrchestrator(platform, RUN), sleep=sleep)


def test_a_person_is_asked_with_the_mapping_and_its_scores(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    assert (incident.kind, incident.target, incident.evidence) == ("schema-drift", SOURCE, ("all",))
    waiting = heal(platform, incident, sleep)
    assert waiting.state == "awaiting approval"
    plan = plan_as_markdown(waiting)
    assert "| `client_name` | `customer` | renamed | 0." in plan
    assert "1. `accept-schema` touches 1 item\n" in plan
    assert schema_of(platform, SOURCE).mapping == {}


def test_after_the_approval_what_was_held_is_replayed_and_proved(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    after = heal(platform, incident, sleep)
    assert after.state == "resolved", after.outcome
    assert "ada agreed on the columns" in after.outcome
    assert state(platform) == "committed"
    assert schema_of(platform, SOURCE).mapping == {"client_name": "customer"}
    assert schema_of(platform, SOURCE).accepted_by == "ada"
    assert sweep(platform, RUN, sleep=sleep) == []


def test_denied_it_stays_held_and_nothing_is_agreed_on(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    assert steps.deny(platform, incident.id, RUN, by="ada", reason="ask sales first").state == "escalated"
    assert state(platform) == "held"
    assert schema_of(platform, SOURCE).proposal is not None


def test_what_was_decided_on_the_command_line_is_only_replayed(platform, file, sleep):
    accept(platform, SOURCE, None, "ada", RUN)
    (incident,) = sweep(platform, RUN, sleep=sleep)
    after = heal(platform, incident, sleep)
    assert after.state == "resolved"
    assert [each["action"] for each in after.plan] == ["replay-held"]


def test_columns_that_changed_again_since_the_plan_are_not_agreed_on(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    file.write(orders(customer="client_name", city="town"))
    with pytest.raises(SchemaDrift):
        intake.ingest(platform, SOURCE, "all", RUN)
    steps.approve(platform, incident.id, RUN, by="ada")
    after = heal(platform, incident, sleep)
    assert after.state == "escalated"
    assert "no such change of columns" in after.outcome
    assert schema_of(platform, SOURCE).mapping == {}
    reopen(platform.records, incident.id, RUN)
    assert heal(platform, incident, sleep).state == "awaiting approval"


def test_a_replay_that_fails_puts_the_former_columns_back(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    before = schema_of(platform, SOURCE)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    file.write(orders(customer="client_name", city="town"))
    after = heal(platform, incident, sleep)
    assert after.state == "escalated"
    restored = schema_of(platform, SOURCE)
    assert (restored.columns, restored.mapping) == (before.columns, before.mapping)
    assert restored.proposal == before.proposal
    assert restored.history[-1]["by"] == "undo"


def away(platform, sleep, seconds):
    """Take the table away and return a sleep after whose so many seconds it is back."""
    path = platform.settings.home / "orders.csv"
    data, back = path.read_bytes(), platform.records.now() + seconds
    path.unlink()

    def waiting(pause):
        sleep(pause)
        if platform.records.now() >= back:
            path.write_bytes(data)

    return waiting


def test_a_source_that_is_away_for_a_moment_takes_nothing_back(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    after = heal(platform, incident, away(platform, sleep, 100))
    assert after.state == "resolved", after.outcome
    assert schema_of(platform, SOURCE).accepted_by == "ada"
    assert 3 < platform.records.get(Partition, f"{SOURCE}@all").epoch < 9, "it was not hammered"


def test_a_source_that_is_away_for_long_ends_at_a_person_and_the_decision_stands(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    after = heal(platform, incident, away(platform, sleep, 100_000))
    assert after.state == "escalated"
    assert (schema_of(platform, SOURCE).mapping, state(platform)) == ({"client_name": "customer"}, "failed")


@pytest.mark.parametrize("writes", range(0, 16, 3))
def test_killed_after_any_write_the_next_healer_comes_to_the_same_end(platform, file, sleep, writes):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    mortal = dying_after(platform, writes)
    orchestrator = InProcessOrchestrator(mortal, RUN)
    with pytest.raises(Killed):
        steps.repair(mortal, incident.id, RUN, orchestrator, random.Random(0))
    after = heal(platform, incident, sleep)
    assert after.state == "resolved", after.outcome
    assert schema_of(platform, SOURCE).mapping == {"client_name": "customer"}
    assert len([each for each in schema_of(platform, SOURCE).history if each["by"] == "ada"]) == 1


def test_a_second_pass_of_the_repair_does_nothing(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    heal(platform, incident, sleep)
    steps.approve(platform, incident.id, RUN, by="ada")
    heal(platform, incident, sleep)
    before = schema_of(platform, SOURCE)
    done = get_incident(platform.records, incident.id)
    hold = take(platform, incident.id, RUN)
    for step, planned in enumerate(done.plan):
        action = action_named(planned["action"])
        assert action.blast_radius(platform, planned["arguments"]).items == 0
        ledger = Ledger(hold, done, step, action.name, 0)
        orchestrator = InProcessOrchestrator(platform, RUN)
        action.run(Work(platform, done, planned["arguments"], ledger, orchestrator, random.Random(0)))
    assert schema_of(platform, SOURCE) == before
    assert platform.records.count(Repair) == 2
    assert platform.records.count(Incident) == 1


def test_the_agreed_names_reach_whoever_opens_the_source(platform, file):
    accept(platform, SOURCE, None, "ada", RUN)
    first = next(iter(open_source(platform, SOURCE).items("all")))
    assert b"customer: Customer" in first.read()
