"""The states of an incident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import TerminalError
from kintsugi.healing.transitions import FINISHED, MOVES, moved
from kintsugi.records import CLOSED, Incident
from tests.builders import RUN

STATES = sorted(MOVES)


def an_incident(state: str = "open") -> Incident:
    return Incident(id="i", kind="k", target="t", state=state, opened_at=1.0, changed_at=1.0)


@given(st.lists(st.sampled_from(STATES), max_size=30))
def test_no_sequence_of_moves_leaves_the_table(wishes):
    incident = an_incident()
    for step, wish in enumerate(wishes):
        before = incident
        try:
            incident = moved(incident, wish, at=float(step), run=RUN)
        except TerminalError:
            assert wish not in MOVES[before.state]
            assert incident == before
        else:
            assert wish in MOVES[before.state]
            assert incident.history[-1]["state"] == wish
            assert len(incident.history) == len(before.history) + 1
            assert (incident.closed_at is not None) == (wish in CLOSED)


def test_every_state_can_come_to_an_end():
    for state in STATES:
        reached, frontier = {state}, [state]
        while frontier:
            for following in MOVES[frontier.pop()] - reached:
                reached.add(following)
                frontier.append(following)
        assert reached & FINISHED, f"{state} never ends"


def test_every_unfinished_state_can_be_handed_to_a_person():
    assert all("escalated" in MOVES[state] for state in STATES if state not in FINISHED)


def test_nothing_is_repaired_without_a_plan_and_nothing_resolved_without_a_look():
    assert {state for state in STATES if "repairing" in MOVES[state]} == {"planned", "awaiting approval"}
    assert {state for state in STATES if "resolved" in MOVES[state]} == {"open", "verifying"}


def test_an_illegal_move_says_where_the_incident_stands():
    with pytest.raises(TerminalError, match="can't go from 'resolved' to 'repairing'"):
        moved(an_incident("resolved"), "repairing", at=2.0, run=RUN)
