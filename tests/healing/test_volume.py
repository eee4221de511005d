"""A partition of an unusual amount is listed once more; the same again is a person's."""

import pytest

from kintsugi.contracts.drift import VolumeDrift
from kintsugi.documents import intake
from kintsugi.healing import heal as steps
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.sweep import sweep
from kintsugi.records import Document, Incident, Partition
from tests.builders import RUN
from tests.contracts.tables import SOURCE, OrdersFile, orders


@pytest.fixture
def file(platform, clock):
    """A table that has lost most of its rows after nine runs, and is held for it."""
    file = OrdersFile(platform)
    file.write(orders(80))
    for _ in range(9):
        clock.advance(86_400)
        intake.ingest(platform, SOURCE, "all", RUN)
    file.write(orders(8))
    with pytest.raises(VolumeDrift):
        intake.ingest(platform, SOURCE, "all", RUN)
    return file


def heal(platform, incident, sleep):
    return steps.heal(platform, incident.id, RUN, InProcessOrchestrator(platform, RUN), sleep=sleep)


def living(platform):
    return platform.records.count(Document, {"source": SOURCE, "deleted_at": None})


def test_a_second_listing_of_the_usual_amount_settles_it(platform, file, sleep):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    assert (incident.kind, incident.target) == ("volume", f"{SOURCE}@all")
    file.write(orders(80))
    after = heal(platform, incident, sleep)
    assert after.state == "resolved", after.outcome
    assert living(platform) == 80


def test_the_same_again_is_a_persons_and_nothing_is_lost(platform, file, sleep, clock):
    (incident,) = sweep(platform, RUN, sleep=sleep)
    after = heal(platform, incident, sleep)
    assert after.state == "escalated"
    assert "far too few items" in after.outcome
    assert "accept_volume" in after.outcome
    assert living(platform) == 80
    for _ in range(3):
        clock.advance(platform.settings.healing.window * 0.9)
        assert [each.id for each in sweep(platform, RUN, sleep=sleep)] == [incident.id]
    assert platform.records.count(Incident) == 1


def test_what_a_person_accepts_is_taken_in_and_nothing_is_wrong_any_more(platform, file, sleep):
    intake.ingest(platform, SOURCE, "all", RUN, accept=["volume"], accept_loss=True)
    assert platform.records.get(Partition, f"{SOURCE}@all").state == "committed"
    assert living(platform) == 8
    assert sweep(platform, RUN, sleep=sleep) == []
