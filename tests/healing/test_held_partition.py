"""A partition that is held is a person's, and somebody is told so."""

import pytest

from kintsugi.documents import intake
from kintsugi.errors import DriftError
from kintsugi.healing import heal as steps
from kintsugi.healing.incidents import reopen
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.records import Incident, Repair
from tests.builders import RUN


@pytest.fixture
def held(platform):
    """A source that lost most of its documents at once."""
    pages = [platform.settings.runbooks / f"{number}.md" for number in range(30)]
    for page in pages:
        page.write_text(f"# Page {page.stem}\n\nWhat to do about alarm {page.stem}.")
    intake.ingest(platform, "runbooks", "all", RUN)
    for page in pages[5:]:
        page.unlink()
    with pytest.raises(DriftError):
        intake.ingest(platform, "runbooks", "all", RUN)
    return platform


def heal(platform, incident, sleep):
    return steps.heal(platform, incident.id, RUN, InProcessOrchestrator(platform, RUN), sleep=sleep)


def test_a_held_partition_is_given_to_a_person_at_once(held, sleep):
    (incident,) = sweep(held, RUN, sleep=sleep)
    assert (incident.kind, incident.target) == ("held-partition", "runbooks@all")
    after = heal(held, incident, sleep)
    assert after.state == "escalated"
    assert after.outcome.startswith("partition all of source runbooks is held: ")
    assert held.records.count(Repair) == 0


def test_it_stays_one_incident_for_as_long_as_it_is_seen(held, sleep, clock):
    (incident,) = sweep(held, RUN, sleep=sleep)
    heal(held, incident, sleep)
    for _ in range(4):
        clock.advance(held.settings.healing.window * 0.9)
        assert [each.id for each in sweep(held, RUN, sleep=sleep)] == [incident.id]
    assert held.records.count(Incident) == 1


def test_once_it_was_taken_in_nothing_is_wrong_any_more(held, sleep):
    (incident,) = sweep(held, RUN, sleep=sleep)
    heal(held, incident, sleep)
    for number in range(30):
        (held.settings.runbooks / f"{number}.md").write_text(f"# Page {number}\n\nWhat to do about alarm {number}.")
    intake.ingest(held, "runbooks", "all", RUN)
    assert sweep(held, RUN, sleep=sleep) == []
    reopen(held.records, incident.id, RUN)
    assert heal(held, incident, sleep).outcome == "passed by itself"
