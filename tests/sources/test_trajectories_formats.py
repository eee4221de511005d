"""Chat messages and OpenTelemetry's spans as agents' runs."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from autorefine.readers.messages_run import messages_run
from autorefine.readers.otel_attributes import attributes_of
from autorefine.readers.run import AgentRun, Said
from autorefine.trajectory import Step
from kintsugi.records import Labels
from kintsugi.sources.agents.source import AgentRunsSource
from kintsugi.sources.places.local import LocalPlace
from tests.sources.agent_runs import attributes, call, messages, request, span, trace

TRACE = "5b8efff798038103d269b633813fc60c"


def source(root: Path, **changes: Any) -> AgentRunsSource:
    values = {"form": "otel", "outcome": "success", "max_bytes": 1_000_000}
    return AgentRunsSource("runs", LocalPlace("runs", root), Labels(), **(values | changes))


def write(path: Path, *documents: Any) -> None:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in documents))


def chat(document: Any) -> AgentRun:
    return messages_run(document, "success")


def evaluated(label: str) -> tuple[str, dict[str, Any]]:
    return "gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": label}


def outcome(tmp_path: Path, *spans: dict[str, Any], name: str = "success") -> tuple[bool, str] | None:
    write(tmp_path / "t.jsonl", request(*spans))
    found = [(each.success, each.outcome_source) for each in source(tmp_path, outcome=name).trajectories()]
    return found[0] if found else None


def test_each_tool_call_is_a_step_with_its_own_answer():
    run = chat(messages())
    assert run.task == "Which pod is down?"
    assert run.course == (
        Step("pods", {"ns": "a"}, "all running"),
        Step("pods", {"ns": "b"}, "web-1 CrashLoopBackOff"),
        Said("assistant", "Pod web-1 in b is down."),
    )


def test_the_agents_instructions_are_left_out():
    assert "secret" not in str(chat(messages()))


def test_what_stands_beside_the_messages_says_who_and_what():
    run = chat(
        {"id": "m1", "model": "m-2", "agent": "sre", "task": "Find it", "success": False, "messages": messages()}
        | {"started_at": "2025-11-25T12:00:00Z", "group": "cluster-a"}
    )
    assert (run.id, run.agent, run.agent_version, run.group) == ("m1", "sre", "m-2", "cluster-a")
    assert (run.task, run.success, run.started_at) == ("Find it", False, 1_764_072_000.0)
    assert Said("user", "Which pod is down?") in run.course


def test_a_list_without_a_name_is_named_by_its_content():
    again, other = chat(messages()), chat(messages()[:-1])
    assert chat(messages()).id == again.id != other.id


def test_calls_of_the_older_form_and_of_the_responses_api_are_steps_too():
    older = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "function_call": {"name": "look", "arguments": '{"at": 3}'}},
        {"role": "function", "name": "look", "content": "seen"},
    ]
    responses = [
        {"role": "user", "content": [{"type": "input_text", "text": "Go"}]},
        {"type": "function_call", "call_id": "x", "name": "look", "arguments": '{"at": 3}'},
        {"type": "function_call_output", "call_id": "x", "output": "seen"},
    ]
    assert chat(older).steps == chat(responses).steps == (Step("look", {"at": "3"}, "seen"),)


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ("{}", {}),
        ("", {}),
        ("{broken", {"arguments": "{broken"}),
        ("[1]", {"arguments": "[1]"}),
        ({"a": 1}, {"a": "1"}),
    ],
)
def test_arguments_that_are_no_mapping_are_kept_as_they_are(arguments, kept):
    asked = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "look", "arguments": arguments}}]}
    assert chat([asked]).steps == (Step("look", kept),)


def test_an_answer_that_nobody_asked_for_is_something_said():
    stray = [{"role": "tool", "tool_call_id": "c9", "content": "late"}, {"role": "assistant", "content": "Hm."}]
    assert chat(stray).course == (Said("tool", "late"), Said("assistant", "Hm."))


def test_a_call_without_an_answer_is_a_step_without_an_observation():
    assert chat([{"role": "assistant", "tool_calls": [call("c", "look")]}]).steps == (Step("look"),)


def test_a_trace_is_a_run_whose_steps_are_the_tools_that_were_executed(tmp_path):
    write(tmp_path / "t.jsonl", request(*trace(status={"code": 1})))
    (run,) = source(tmp_path).trajectories()
    assert (run.task, run.agent, run.agent_version, run.group) == ("Is the disk full?", "sre", "2", "c-9")
    assert (run.success, run.outcome_source, run.started_at) == (True, "status of the span", 100.0)
    assert run.steps == (
        Step("df", {"path": "/var", "human": "true"}, "100%", seconds=1.5),
        Step("rm", error="PermissionError: not allowed", seconds=1.0),
    )
    (item,) = source(tmp_path).items()
    text = item.read().decode()
    assert (item.external_id, item.title) == (TRACE, "Success: Is the disk full?")
    assert text.index("`df`") < text.index("`rm`") < text.index("> Yes, /var is.")


def test_spans_come_in_any_order_in_any_number_of_batches_and_files_and_more_than_once(tmp_path):
    spans = trace(status={"code": "STATUS_CODE_ERROR"})
    whole, scattered = tmp_path / "whole", tmp_path / "scattered"
    whole.mkdir()
    scattered.mkdir()
    write(whole / "t.jsonl", request(*spans))
    random.Random(4).shuffle(spans)
    write(scattered / "2.jsonl", request(spans[0]), request(*spans[1:3]))
    write(scattered / "1.jsonl", request(*spans[2:]))
    first, second = (
        [(item.external_id, item.raw_digest, item.read()) for item in source(folder).items()]
        for folder in (whole, scattered)
    )
    assert first == second
    assert len(first) == 1


def test_other_spans_of_an_application_are_no_runs(tmp_path):
    write(tmp_path / "t.jsonl", request(span("b1", 1, 2, trace="b" * 32, plain={"http.route": "/"})))
    assert list(source(tmp_path).items()) == []


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ({"status": {"code": 1}}, (True, "status of the span")),
        ({"status": {"code": "STATUS_CODE_ERROR"}}, (False, "status of the span")),
        ({"status": {}}, None),
        ({"status": {"code": 0}}, None),
        ({"status": {"code": 2}, "plain": {"success": True}}, (True, "attribute success")),
        (
            {
                "events": [("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "fail"})],
                "status": {"code": 1},
            },
            (False, "evaluation of the run"),
        ),
        (
            {
                "events": [
                    ("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "pass"}),
                    ("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "fail"}),
                ]
            },
            None,
        ),
    ],
)
def test_how_a_trace_ended_is_told_by_attribute_evaluation_or_status(tmp_path, root, expected):
    assert outcome(tmp_path, *trace(**root)) == expected


def test_a_trace_whose_outermost_span_has_not_come_yet_says_nothing_of_its_end(tmp_path):
    assert outcome(tmp_path, *trace(status={"code": 1})[1:]) is None
    assert outcome(tmp_path, *trace(status={"code": 1})) == (True, "status of the span")


def test_messages_may_be_events_as_they_once_were(tmp_path):
    events = [("gen_ai.user.message", {"content": "Go"}), ("gen_ai.choice", {"message": {"content": "Gone."}})]
    write(tmp_path / "t.jsonl", request(span("c1", 1, 2, gen_ai={"operation.name": "chat"}, events=events)))
    (item,) = source(tmp_path).items()
    assert item.title == "Outcome unknown: Go"
    assert "> Gone." in item.read().decode()


def test_a_trace_too_large_is_refused_and_the_others_are_read(tmp_path):
    large = [span(f"s{n}", n, n + 1, trace="a" * 32, gen_ai={"tool.call.result": "x" * 9000}) for n in range(30)]
    write(tmp_path / "t.jsonl", *(request(each) for each in large), request(*trace()))
    items = {item.external_id: item for item in source(tmp_path, max_bytes=200_000).items()}
    with pytest.raises(Exception, match="too large") as caught:
        items["a" * 32].read()
    assert caught.value.check == "size"
    assert items[TRACE].read()


def test_a_span_without_a_name_of_its_own_is_refused_with_its_line(tmp_path):
    nameless = span("", 1, 2, gen_ai={"operation.name": "chat"})
    write(tmp_path / "t.jsonl", request(*trace()), request(nameless))
    ids = [item.external_id for item in source(tmp_path).items()]
    assert ids == ["t.jsonl#line-2", TRACE]


def test_attributes_are_plain_values_whatever_their_type():
    plain = {"a": "x", "b": True, "c": 7, "d": 0.5, "e": ["x", 1], "f": {"g": [{"h": False}]}}
    assert attributes_of({"attributes": attributes(plain)}) == plain
    odd = [{"key": "a"}, {"value": {}}, "x", {"key": "b", "value": {"intValue": "many"}}, {"key": "c", "value": {}}]
    assert attributes_of({"attributes": odd}) == {"a": None, "b": "many", "c": None}
