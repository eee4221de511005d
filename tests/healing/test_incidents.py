"""One incident stands for each anomaly, however often it is seen."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kintsugi.errors import StaleEpochError, TerminalError
from kintsugi.healing.anomaly import Anomaly, Severity
from kintsugi.healing.hold import take
from kintsugi.healing.incidents import (
    MAX_ATTEMPTS,
    get_incident,
    mark_notified,
    open_incident,
    open_incidents,
    reopen,
    revive_stalled,
)
from kintsugi.records import Incident, RunRef
from tests.builders import RUN

OTHER = RunRef(dag="test", run_id="run-2")


def an_anomaly(target: str = "index", **changes) -> Anomaly:
    return Anomaly("missing-chunks", target, Severity.DEGRADED, "something is missing", ("a",), **changes)


def test_seeing_the_same_anomaly_again_opens_nothing_new(platform, clock):
    first = open_incident(platform.records, an_anomaly(), RUN)
    clock.advance(5)
    again = open_incident(platform.records, an_anomaly(), OTHER)
    assert again.id == first.id
    assert again.last_seen_at == clock.now
    assert platform.records.count(Incident) == 1


def test_many_detectors_that_see_it_at_once_open_one_incident(platform):
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda n: open_incident(platform.records, an_anomaly(), RUN).id, range(16)))
    assert len(ids) == platform.records.count(Incident) == 1


def test_another_target_is_another_incident(platform):
    ids = {open_incident(platform.records, an_anomaly(target), RUN).id for target in ("one", "two")}
    assert {each.id for each in open_incidents(platform.records)} == ids


def test_after_it_was_resolved_the_same_anomaly_is_a_new_incident(platform):
    first = open_incident(platform.records, an_anomaly(), RUN)
    take(platform, first.id, RUN).move("resolved")
    second = open_incident(platform.records, an_anomaly(), RUN)
    assert second.id != first.id
    assert [each.id for each in open_incidents(platform.records)] == [second.id]


def test_an_escalated_incident_rests_before_healing_tries_again(platform, clock):
    first = open_incident(platform.records, an_anomaly(), RUN)
    take(platform, first.id, RUN).move("escalated")
    clock.advance(99)
    assert open_incident(platform.records, an_anomaly(), RUN, rest=100).id == first.id
    assert list(open_incidents(platform.records)) == []
    clock.advance(1)
    assert open_incident(platform.records, an_anomaly(), RUN, rest=100).id != first.id


def test_a_person_may_give_an_escalated_incident_another_attempt(platform):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    hold = take(platform, incident.id, RUN)
    hold.move("escalated", outcome="denied")
    hold.let_go()
    again = reopen(platform.records, incident.id, OTHER)
    assert (again.state, again.attempt, again.outcome, again.closed_at) == ("open", 2, "", None)
    assert reopen(platform.records, incident.id, OTHER) == again


def test_it_is_marked_as_notified_once_for_each_attempt(platform):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    assert mark_notified(platform.records, incident.id, 1).notified_attempt == 1
    assert mark_notified(platform.records, incident.id, 1).version == incident.version + 1


def test_an_unknown_incident_is_named(platform):
    with pytest.raises(TerminalError, match="incident nope: unknown"):
        get_incident(platform.records, "nope")


def test_a_late_healer_can_not_write_over_a_newer_one(platform, clock):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    late = take(platform, incident.id, RUN)
    clock.advance(platform.settings.healing.lease)
    newer = take(platform, incident.id, OTHER)
    with pytest.raises(StaleEpochError):
        late.move("diagnosed")
    with pytest.raises(StaleEpochError):
        late.note(outcome="mine")
    with pytest.raises(StaleEpochError):
        late.keep()
    assert newer.move("diagnosed").epoch == newer.epoch


def test_sightings_and_notes_of_others_do_not_disturb_the_healer(platform, clock):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    hold = take(platform, incident.id, RUN)
    clock.advance(1)
    open_incident(platform.records, an_anomaly(), OTHER)
    mark_notified(platform.records, incident.id, 1)
    after = hold.move("diagnosed")
    assert (after.state, after.notified_attempt, after.last_seen_at) == ("diagnosed", 1, clock.now)


def test_an_incident_whose_heal_run_died_gets_the_next_attempt(platform, clock):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    healing = platform.settings.healing
    assert revive_stalled(platform.records, healing, RUN) == []
    mark_notified(platform.records, incident.id, 1)
    take(platform, incident.id, RUN).move("diagnosed")
    clock.advance(healing.lease)
    assert revive_stalled(platform.records, healing, RUN) == []
    clock.advance(healing.lease)
    revived = revive_stalled(platform.records, healing, RUN)
    assert [(each.id, each.attempt, each.state) for each in revived] == [(incident.id, 2, "diagnosed")]
    clock.advance(healing.lease * 9)
    assert revive_stalled(platform.records, healing, RUN) == []


def test_an_incident_that_waits_for_a_person_is_not_stalled(platform, clock):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    mark_notified(platform.records, incident.id, 1)
    hold = take(platform, incident.id, RUN)
    for state in ("diagnosed", "planned", "awaiting approval"):
        hold.move(state)
    clock.advance(platform.settings.healing.approval_timeout)
    assert revive_stalled(platform.records, platform.settings.healing, RUN) == []


def test_heal_runs_that_die_again_and_again_end_at_a_person(platform, clock):
    incident = open_incident(platform.records, an_anomaly(), RUN)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        mark_notified(platform.records, incident.id, attempt)
        clock.advance(platform.settings.healing.lease * 2)
        revive_stalled(platform.records, platform.settings.healing, RUN)
    after = get_incident(platform.records, incident.id)
    assert (after.state, after.attempt) == ("escalated", MAX_ATTEMPTS)
