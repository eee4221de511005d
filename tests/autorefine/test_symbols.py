"""Text becomes comparable tokens, documents become what they were."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autorefine.pattern import Pattern
from autorefine.readers import BadLine, read_intercode
from autorefine.symbols import EMPTY, MAX_SYMBOL, action_symbols, error_classes, outcome_symbols, template
from autorefine.trace import MAX_STEPS, Trace, trace_of
from autorefine.trajectory import Step, Trajectory
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted, run

TEXT = st.text(max_size=60)
STEPS = st.builds(Step, action=TEXT, observation=TEXT, error=st.none() | TEXT, arguments=st.dictionaries(TEXT, TEXT))


def test_values_are_masked_so_that_the_same_words_are_the_same_symbol():
    assert template("run 12 at 2026-11-24T19:00:01Z on /var/log", 9) == template(
        "run 7 at 2025-01-01T00:00:00Z on /tmp", 9
    )


def test_an_action_speaks_from_general_to_specific():
    assert action_symbols("SHOW TABLES LIKE 'x'") == ("do:SHOW", "do:SHOW TABLES", "do:SHOW TABLES LIKE")


def test_error_classes_are_found_by_how_they_are_written():
    assert error_classes("requests.ReadTimeout: no answer") == ("ReadTimeout",)
    assert error_classes("the API answered 503 Service Unavailable") == ("HTTP 503",)
    assert error_classes("Bash exited with exit code 2") == ("exit code 2",)
    assert error_classes("all is well") == ()


def test_an_error_is_known_alone_and_together_with_the_action():
    assert outcome_symbols("fetch page", "", "SourceUnavailable: down") == (
        "error:SourceUnavailable",
        "error:SourceUnavailable in fetch",
    )
    assert outcome_symbols("fetch", "", None) == (EMPTY,)


@given(st.lists(STEPS, max_size=5))
def test_any_text_gives_short_printable_symbols_and_survives_the_round_trip(steps):
    trajectory = Trajectory("id", "task", "", "agent", "1", tuple(steps), True, "test")
    assert Trajectory.from_document(json.loads(json.dumps(trajectory.to_document()))) == trajectory
    seen = trace_of(trajectory)
    assert Trace.from_document(json.loads(json.dumps(seen.to_document()))) == seen
    assert seen.group == "task"
    assert all(len(symbol) <= MAX_SYMBOL + 60 for step in (*seen.actions, *seen.outcomes) for symbol in step)


def test_a_pattern_survives_the_round_trip():
    made = pattern([trace_of(each) for each in planted(40)], LOOK_UP, guard=GUARD)
    assert Pattern.from_document(json.loads(json.dumps(made.to_document()))) == made


def test_a_document_with_a_wrong_field_is_refused_by_name():
    document = run("a", "open").to_document()
    with pytest.raises(ValueError, match=r"Trajectory\.success: expected true or false, got 1"):
        Trajectory.from_document(document | {"success": 1})
    with pytest.raises(ValueError, match=r"Trajectory\.steps\[0\]: Step\.action"):
        Trajectory.from_document(document | {"steps": [{}]})


def test_a_long_run_is_cut_and_not_refused():
    assert len(trace_of(run("a", *["again"] * 10_000)).actions) == MAX_STEPS


def test_a_bad_line_is_reported_with_its_number_and_the_rest_is_read():
    good = {
        "run_id": "1",
        "task_id": "t",
        "group": "g",
        "agent": "a",
        "strategy": "s",
        "success": True,
        "steps": [{"action": "ls", "observation": None}],
    }
    bad: list[BadLine] = []
    lines = [json.dumps(good), "", "{", json.dumps(good | {"success": "yes"})]
    assert [each.id for each in read_intercode(lines, bad.append)] == ["1"]
    assert [each.number for each in bad] == [3, 4]
    assert "run.success" in bad[1].reason
