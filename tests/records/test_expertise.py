"""What a stored trajectory says of itself without its body."""

import pytest

from kintsugi.records import StoredTrajectory, TrajectoryHead
from tests.autorefine.runs import run

BODY = run("r", "look", "act").to_document()


def stored(body) -> StoredTrajectory:
    return StoredTrajectory(id="r", origin="agents", gathered_at=1.0, body=body)


def test_the_head_is_taken_from_the_body_and_follows_it():
    first = stored(BODY)
    assert (first.task, first.agent, first.steps, first.success) == ("task r", "agent@1", 2, True)
    corrected = first.but(body={**BODY, "success": False})
    assert corrected.success is False


def test_the_head_can_be_read_alone(platform):
    platform.records.insert(stored(BODY))
    head = platform.records.get(TrajectoryHead, "r")
    assert type(head) is TrajectoryHead
    assert (head.task, head.steps) == ("task r", 2)
    assert platform.records.get(StoredTrajectory, "r").body == BODY


@pytest.mark.parametrize("body", [{}, {"task": 7}, {**BODY, "steps": None}, {**BODY, "agent": None}])
def test_nothing_is_said_of_a_body_that_is_no_trajectory(body):
    assert (stored(body).task, stored(body).steps) == ("", None)


def test_a_head_that_contradicts_its_body_is_not_believed():
    claimed = StoredTrajectory(id="r", origin="agents", gathered_at=1.0, body=BODY, task="another", steps=99)
    assert (claimed.task, claimed.steps) == ("task r", 2)
