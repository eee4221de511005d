"""The drill of the main job: what it waits for, and what it says."""

import io

import pytest
from rich.console import Console

from kintsugi.cli.report import show
from kintsugi.documents import intake
from kintsugi.errors import TransientError
from kintsugi.healing import heal as steps_of_healing
from kintsugi.healing.drill import remove_chunks
from kintsugi.healing.incidents import open_incidents
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.index.publish import publish
from kintsugi.laptop import steps
from kintsugi.observe.outcome import JobOutcome
from kintsugi.observe.report import make_report
from kintsugi.records import Document, Incident
from tests.builders import RUN


@pytest.fixture
def served(platform, clock):
    """Forty runbooks of one chunk, published."""
    for number in range(40):
        (platform.settings.runbooks / f"{number}.md").write_text(
            f"# Alarm {number}\n\nWhat to do about it: step {number}."
        )
    intake.ingest(platform, "runbooks", "all", RUN)
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    return platform


def publish_again(platform, clock):
    """Write everything that the index lacks: a publish of all documents, as after an edit of each."""
    heads = [each.but(changed_at=clock.now) for each in platform.records.scan(Document)]
    platform.records.put(heads)
    clock.advance(60)
    publish(platform, RUN)


def heal_all(platform, sleep):
    for incident in list(open_incidents(platform.records)):
        steps_of_healing.heal(platform, incident.id, RUN, InProcessOrchestrator(platform, RUN), sleep=sleep)


@pytest.fixture
def healer(served, clock):
    """Time passes only while the drill waits, and meanwhile the platform heals."""

    def sleep(seconds):
        sweep(served, RUN, sleep=clock.advance)
        heal_all(served, clock.advance)

    return sleep


def escalate(platform, clock):
    """Open an incident of the served index that a person has denied."""
    remove_chunks(platform, 20)
    (incident,) = sweep(platform, RUN, sleep=clock.advance)
    heal_all(platform, clock.advance)
    return steps_of_healing.deny(platform, incident.id, RUN, by="ada")


def test_a_drill_is_healed_and_says_how_long_it_took(served, healer):
    outcome, said = steps.drill(served, {}, sleep=healer)
    assert outcome["healed"] is True
    assert outcome["removed"] == 3
    assert outcome["seconds"] == served.settings.healing.grace
    assert said == "3 removed, healed and verified"


def test_an_incident_that_an_interrupted_drill_left_open_ends_the_next_one_too(served, healer, clock):
    remove_chunks(served, 2)
    (left,) = sweep(served, RUN, sleep=clock.advance)
    clock.advance(30)
    outcome, _ = steps.drill(served, {}, sleep=healer)
    assert (outcome["healed"], outcome["incident"]) == (True, left.id)
    assert served.records.count(Incident) == 1


def test_an_incident_that_was_escalated_is_named_at_once_and_nothing_is_removed(served, clock):
    incident = escalate(served, clock)
    clock.advance(served.settings.healing.window / 2)
    before = served.index.count(incident.target)
    outcome, said = steps.drill(served, {}, sleep=_never)
    assert (outcome["removed"], outcome["healed"], outcome["incident"]) == (0, False, incident.id)
    assert said == f"0 removed, NOT healed: incident {incident.id} is escalated, a person decides"
    assert served.index.count(incident.target) == before


def test_a_drill_that_a_person_has_to_approve_is_not_waited_for(served, healer, clock):
    remove_chunks(served, 20)
    outcome, said = steps.drill(served, {}, sleep=healer)
    assert (outcome["removed"], outcome["healed"]) == (3, False)
    assert "is awaiting approval" in said


def test_an_incident_that_was_escalated_long_ago_does_not_stand_in_for_this_drill(served, healer, clock):
    old = escalate(served, clock)
    publish_again(served, clock)
    clock.advance(served.settings.healing.window * 2)
    outcome, _ = steps.drill(served, {}, sleep=healer)
    assert outcome["healed"] is True
    assert outcome["incident"] != old.id


def test_a_drill_that_nobody_heals_ends_in_an_error(served, monkeypatch):
    monkeypatch.setattr(steps, "PATIENCE", 0.05)
    with pytest.raises(TransientError, match="healing of the drill did not happen"):
        steps.drill(served, {})


def test_a_drill_of_an_earlier_run_is_marked_and_reported_as_such(served):
    previous = {"removed": 3, "healed": True, "incident": "i", "seconds": 14.0}
    outcome, said = steps.drill(served, previous, sleep=_never)
    assert outcome == previous | {"earlier": True}
    assert said.startswith("not repeated, an earlier run's was healed in 14.0 s")
    assert "healed and verified in 14.0 s, in an earlier run" in reported(served, outcome)
    assert "earlier run" not in reported(served, previous)


def reported(platform, drill):
    out = io.StringIO()
    show(
        make_report(platform, JobOutcome(started_at=0.0, drill=drill), ""), Console(file=out, width=160), as_json=False
    )
    return out.getvalue()


def _never(seconds):
    raise AssertionError("the drill waited")
