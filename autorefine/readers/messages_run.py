"""Runs as a list of chat messages with tool calls, as OpenAI's API takes and gives them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autorefine.readers.plain import flag_of, mapping_of, named, seconds_of, text_of
from autorefine.readers.run import AgentRun, Said
from autorefine.trajectory import Step

_LISTS = ("messages", "history")
_TASKS = ("task", "question")


def is_messages(document: object) -> bool:
    """Return whether the document is a run in this format: a list of messages, or a mapping that holds one."""
    messages = _messages_in(document)
    return bool(messages) and all(isinstance(each, Mapping) and ("role" in each or "type" in each) for each in messages)


def messages_run(document: object, outcome: str) -> AgentRun:
    """Return the run: each tool call is a step, the tool's answer its observation.

    The task is what the document says under ``task`` or ``question``, else what the user said first. System prompts are
    left out: they are the agent's, not the run's. A bare list says nothing of its outcome.

    Args:
        document: a list of messages, or a mapping with it under ``messages`` or ``history``, and next to it any of
            ``run_id`` or ``id``, ``task``, ``task_id``, ``agent``, ``agent_version``, ``model``, ``group`` and
            ``started_at``.
        outcome: name of the key that says how it ended.

    Raises:
        ValueError: there are no messages.
    """
    facts: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    messages = _messages_in(document)
    if not messages:
        raise ValueError("a list of messages with a role each")
    course = tuple(_course(messages))
    told = next((text_of(facts[name]) for name in _TASKS if facts.get(name)), "")
    asked = next((each.text for each in course if isinstance(each, Said) and each.speaker == "user"), "")
    if not told and asked:
        course = tuple(each for each in course if each != Said("user", asked))
    model = text_of(facts.get("model"))
    return AgentRun(
        id=named(document, "run_id", "id", "_id"),
        task=told or asked,
        task_id=text_of(facts.get("task_id")),
        course=course,
        agent=text_of(facts.get("agent")) or model,
        agent_version=text_of(facts.get("agent_version")) or model,
        group=text_of(facts.get("group")),
        success=flag_of(facts.get(outcome)),
        outcome_source=text_of(facts.get("outcome_source")) or f"field {outcome}",
        started_at=seconds_of(facts.get("started_at") or facts.get("created_at")),
        facts={"Model": model} if model else {},
    )


def _messages_in(document: object) -> Sequence[Any]:
    if isinstance(document, Mapping):
        document = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), None)
    return document if isinstance(document, list) else ()


def _course(messages: Sequence[Any]) -> Iterator[Step | Said]:
    """Yield steps and what was said; a call waits for its answer, and is yielded where it was made."""
    course: list[Step | Said] = []
    waiting: dict[str, int] = {}
    for n, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise ValueError(f"message {n}: a mapping with a role")
        role, kind = message.get("role"), message.get("type")
        if kind == "function_call":
            _call(course, waiting, text_of(message.get("call_id")), message)
        elif kind == "function_call_output" or role in ("tool", "function"):
            _answer(course, waiting, message)
        elif role not in ("system", "developer"):
            text = _text(message.get("content"))
            if text.strip():
                course.append(Said(text_of(message.get("name")) or text_of(role) or "assistant", text))
            for call in map(mapping_of, message.get("tool_calls") or ()):
                _call(course, waiting, text_of(call.get("id")), mapping_of(call.get("function")))
            if message.get("function_call"):
                called = mapping_of(message["function_call"])
                _call(course, waiting, text_of(called.get("name")), called)
    yield from course


def _call(course: list[Step | Said], waiting: dict[str, int], identity: str, called: Mapping[str, Any]) -> None:
    arguments = called.get("arguments")
    read = mapping_of(arguments)
    given = {text_of(name): text_of(value) for name, value in read.items()}
    if not read and arguments and arguments != "{}":
        given = {"arguments": text_of(arguments)}
    waiting[identity] = len(course)
    course.append(Step(action=text_of(called.get("name")) or "an unnamed tool", arguments=given))


def _answer(course: list[Step | Said], waiting: dict[str, int], message: Mapping[str, Any]) -> None:
    text = _text(message.get("content", message.get("output")))
    identity = text_of(message.get("tool_call_id") or message.get("call_id") or message.get("name"))
    at = waiting.pop(identity, None)
    if at is None:
        course.append(Said(text_of(message.get("name")) or "tool", text))
        return
    step = course[at]
    if isinstance(step, Step):
        course[at] = replace(step, observation=text)


def _text(content: object) -> str:
    if not isinstance(content, list):
        return text_of(content)
    parts = (mapping_of(part).get("text") if isinstance(part, Mapping) else part for part in content)
    return "\n".join(text_of(part) for part in parts if part)
