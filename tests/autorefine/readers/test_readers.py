"""What other systems wrote down becomes trajectories; bad lines are told and nothing else is lost."""

import json
from typing import Any

import pytest

from autorefine.readers import (
    BadLine,
    read_airflow,
    read_episodes,
    read_failures,
    read_intercode,
    read_messages,
    read_otel,
    read_steps,
)
from autorefine.trajectory import Step, Trajectory
from tests.sources.agent_runs import request, span

INTERCODE = {
    "run_id": "r1",
    "task_id": "t1",
    "task": "List the tables.",
    "group": "db",
    "agent": "a",
    "strategy": "s",
    "success": True,
    "max_reward": 1.0,
    "steps": [{"action": "SHOW TABLES", "observation": "x", "reward": 1.0}],
}
CHAT = {
    "run_id": "c1",
    "task": "Which pod is down?",
    "agent": "a",
    "success": False,
    "messages": [
        {"role": "user", "content": "Which pod is down?"},
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "pods", "arguments": '{"ns": "b"}'}}]},
        {"role": "tool", "tool_call_id": "1", "content": "web-1"},
    ],
}
AIRFLOW = {
    "dag_id": "etl",
    "dag_run_id": "manual__1",
    "state": "failed",
    "start_date": "2026-11-24T19:00:00Z",
    "end_date": "2026-11-24T19:30:00Z",
    "dag_version": {"version_number": 3},
    "task_instances": [
        {"task_id": "load", "map_index": -1, "try_number": 0, "state": "upstream_failed", "start_date": None},
        {
            "task_id": "fetch",
            "map_index": 0,
            "try_number": 2,
            "state": "failed",
            "start_date": "2026-11-24T19:10:00Z",
            "end_date": "2026-11-24T19:10:05Z",
            "error": "ReadTimeout: 30 s",
        },
        {
            "task_id": "fetch",
            "map_index": 0,
            "try_number": 1,
            "state": "up_for_retry",
            "start_date": "2026-11-24T19:01:00Z",
            "end_date": "2026-11-24T19:01:05Z",
        },
    ],
}
EPISODE = {
    "incident": {
        "id": "i1",
        "kind": "missing-chunks",
        "target": "g1",
        "state": "resolved",
        "attempt": 1,
        "plan": [{"action": "upsert"}],
        "opened_at": 10.0,
        "verification": {},
        "history": [
            {"state": "open", "at": 10.0},
            {"state": "diagnosed", "at": 11.0, "note": "three are missing"},
            {"state": "planned", "at": 12.0},
            {"state": "repairing", "at": 13.0},
            {"state": "verifying", "at": 14.0},
            {"state": "resolved", "at": 15.0},
        ],
    },
    "repairs": [
        {"id": "i1/1/0/0", "action": "upsert", "state": "done", "items": ["a"], "started_at": 13.0, "ended_at": 13.5}
    ],
}
FAILURE = {
    "_id": "f1",
    "question": "How many?",
    "ground_truth": "12",
    "mistake_reason": "It guessed 13.",
    "history": [{"content": "How many?", "role": "human"}, {"content": "13", "role": "Orchestrator (thought)"}],
    "mistake_agent": "Orchestrator",
    "mistake_step": "1",
}
READERS = {
    read_intercode: INTERCODE,
    read_messages: CHAT,
    read_airflow: AIRFLOW,
    read_episodes: EPISODE,
    read_failures: FAILURE,
    read_steps: {"run_id": "s1", "task": "t", "success": None, "steps": [{"action": "look"}]},
}


def read(reader: Any, *lines: Any) -> tuple[list[Any], list[BadLine]]:
    bad: list[BadLine] = []
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(reader(texts, bad.append)), bad


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_bad_lines_are_told_by_number_and_the_others_are_read(reader):
    document = READERS[reader]
    found, bad = read(reader, "", document, "{", document, "[1]", "null", "7", '{"a": 1}', document)
    assert len(found) == 3
    assert [line.number for line in bad] == [3, 5, 6, 7, 8]
    assert all(line.reason for line in bad)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_a_document_over_many_lines_is_read_as_one(reader):
    found, bad = read(reader, *json.dumps(READERS[reader], indent=2).splitlines())
    assert (len(found), bad) == (1, [])


def test_nothing_at_all_is_no_run():
    assert read(read_intercode, "", "  ") == ([], [])


def test_the_reward_is_nowhere_in_an_intercode_run():
    (found,) = read(read_intercode, INTERCODE)[0]
    assert found.task_text == "List the tables."
    assert found.steps == (Step("SHOW TABLES", observation="x"),)


def test_a_chat_is_a_run_whose_outcome_stands_beside_it():
    (found,) = read(read_messages, CHAT)[0]
    assert (found.id, found.success, found.task_text) == ("c1", False, "Which pod is down?")
    assert found.steps == (Step("pods", {"ns": "b"}, "web-1"),)


def test_chats_may_come_as_one_list_and_a_bad_one_is_named():
    found, bad = read(read_messages, [CHAT, {"messages": []}, CHAT["messages"]])
    assert [each.success for each in found] == [False, None]
    assert bad[0].reason.startswith("run 2:")


def test_spans_of_a_trace_may_stand_on_any_line():
    root = span("1", 0, 9, gen_ai={"operation.name": "invoke_agent"}, status={"code": 1})
    tool = span("2", 1, 2, "1", gen_ai={"operation.name": "execute_tool", "tool.name": "pods"})
    found, bad = read(read_otel, request(tool), "{", {"a": 1}, request(root))
    assert [line.number for line in bad] == [2, 3]
    assert [(each.success, [step.action for step in each.steps]) for each in found] == [(True, ["pods"])]


def test_a_trace_that_is_too_large_is_told():
    bad: list[BadLine] = []
    lines = [json.dumps(request(span("1", 0, 9, gen_ai={"operation.name": "invoke_agent"})))]
    assert list(read_otel(lines, bad.append, max_bytes=10)) == []
    assert bad[0].number == 1


def test_an_airflow_run_is_its_tries_in_the_order_in_which_they_started():
    (found,) = read(read_airflow, AIRFLOW)[0]
    assert (found.success, found.agent, found.agent_version, found.task) == (False, "etl", "3", "run etl")
    assert found.steps == (
        Step("fetch", {"map_index": "0"}, "up_for_retry", "up_for_retry", seconds=5.0),
        Step("fetch", {"map_index": "0"}, "failed", "ReadTimeout: 30 s", seconds=5.0),
    )


def test_runs_of_one_hour_share_a_group_and_a_cleared_run_is_another_attempt():
    later = {**AIRFLOW, "end_date": "2026-11-24T19:59:00Z", "state": "running"}
    one, other = read(read_airflow, AIRFLOW, {"dag_run": later, "task_instances": []})[0]
    assert one.group == other.group
    assert one.id != other.id
    assert other.success is None


def test_an_episode_is_what_was_done_about_an_incident():
    (found,) = read(read_episodes, EPISODE)[0]
    assert [step.action for step in found.steps] == ["diagnose", "plan", "upsert", "verify"]
    assert (found.task, found.success) == ("heal missing-chunks", True)


def test_an_episode_that_goes_on_is_no_trajectory_yet():
    going_on = {**EPISODE, "incident": {**EPISODE["incident"], "state": "verifying"}}
    assert read(read_episodes, going_on) == ([], [])


def test_a_failure_keeps_the_blame_apart_from_what_was_said():
    (found,) = read(read_failures, FAILURE)[0]
    assert (found.agent, found.step, found.speakers) == ("Orchestrator", 1, ("human", "Orchestrator"))
    assert "12" not in str(found)
    assert "guessed" not in str(found)


def test_a_trajectory_is_read_as_it_was_written():
    before = Trajectory("i", "t", "g", "a", "1", (Step("look", error="E"),), None, "nobody", 1.0, "look it up")
    assert read(read_steps, before.to_document())[0] == [before]
