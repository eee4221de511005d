"""Agents' runs in the three formats, as tests write them."""

import json
from typing import Any


def steps_run(identity: str = "r1", **changes: Any) -> dict[str, Any]:
    """A run in the project's own format."""
    return {
        "run_id": identity,
        "environment": "bash",
        "agent": "planner",
        "strategy": "v3",
        "task_id": "t-7",
        "task": "Count the lines of all logs",
        "group": "logs",
        "success": True,
        "max_reward": 1.0,
        "steps": [
            {"action": "wc -l *.log", "observation": "12 total", "reward": 0.5},
            {"action": "submit", "observation": None, "reward": 1.0},
        ],
    } | changes


def call(identity: str, name: str, **arguments: Any) -> dict[str, Any]:
    """A tool call in an assistant's message."""
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def messages() -> list[dict[str, Any]]:
    """A run as messages: two calls at once, answered in the other order."""
    return [
        {"role": "system", "content": "You are an agent with secret instructions."},
        {"role": "user", "content": "Which pod is down?"},
        {"role": "assistant", "content": None, "tool_calls": [call("c1", "pods", ns="a"), call("c2", "pods", ns="b")]},
        {"role": "tool", "tool_call_id": "c2", "content": "web-1 CrashLoopBackOff"},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "all running"}]},
        {"role": "assistant", "content": "Pod web-1 in b is down."},
    ]


def value(plain: Any) -> dict[str, Any]:
    """A plain value in OTLP's encoding."""
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(each) for each in plain]}}
    if isinstance(plain, dict):
        return {"kvlistValue": {"values": attributes(plain)}}
    return {"stringValue": plain}


def attributes(plain: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes in OTLP's encoding."""
    return [{"key": key, "value": value(each)} for key, each in plain.items()]


def span(identity: str, start: float, end: float, parent: str = "", **told: Any) -> dict[str, Any]:
    """A span; ``gen_ai`` are attributes without that prefix, ``plain`` are others, ``events`` names with attributes."""
    known = {f"gen_ai.{key}": each for key, each in told.get("gen_ai", {}).items()} | told.get("plain", {})
    made = {
        "traceId": told.get("trace", "5b8efff798038103d269b633813fc60c"),
        "spanId": identity,
        "name": told.get("name", identity),
        "startTimeUnixNano": str(int(start * 1e9)),
        "endTimeUnixNano": str(int(end * 1e9)),
        "attributes": attributes(known),
        "events": [{"name": name, "attributes": attributes(each)} for name, each in told.get("events", [])],
        "status": told.get("status", {}),
    }
    return made | ({"parentSpanId": parent} if parent else {})


def request(*spans: dict[str, Any]) -> dict[str, Any]:
    """An export of spans."""
    resource = {"attributes": attributes({"service.name": "helpdesk"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


def trace(**root: Any) -> list[dict[str, Any]]:
    """An agent's run as spans: it is asked, calls a tool that works and one that fails, and answers."""
    asked = [{"role": "user", "parts": [{"type": "text", "content": "Is the disk full?"}]}]
    answered = [{"role": "assistant", "parts": [{"type": "text", "content": "Yes, /var is."}]}]
    told = {"operation.name": "invoke_agent", "agent.name": "sre", "agent.version": "2", "conversation.id": "c-9"}
    return [
        span("a0", 100, 109, name="invoke_agent sre", gen_ai=told, **root),
        span(
            "a1",
            101,
            102,
            "a0",
            gen_ai={"operation.name": "chat", "request.model": "m-1", "input.messages": json.dumps(asked)},
        ),
        span(
            "a2",
            103,
            104.5,
            "a0",
            gen_ai={
                "operation.name": "execute_tool",
                "tool.name": "df",
                "tool.call.arguments": {"path": "/var", "human": True},
                "tool.call.result": "100%",
            },
        ),
        span(
            "a3",
            105,
            106,
            "a0",
            gen_ai={"operation.name": "execute_tool", "tool.name": "rm"},
            plain={"error.type": "PermissionError"},
            status={"code": 2, "message": "not allowed"},
        ),
        span("a4", 107, 108, "a0", gen_ai={"operation.name": "chat", "output.messages": answered}),
    ]
