"""From the spans of a trace to a run, by OpenTelemetry's semantic conventions for generative AI."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autorefine.readers.otel_spans import nanoseconds
from autorefine.readers.plain import flag_of, mapping_of, text_of
from autorefine.readers.run import AgentRun, Said
from autorefine.trajectory import Step

Span = Mapping[str, Any]

_WHOLE_RUNS = ("invoke_agent", "invoke_workflow")
_OK, _ERROR = (1, "STATUS_CODE_OK"), (2, "STATUS_CODE_ERROR")
_EVALUATION = "gen_ai.evaluation.result"
_MESSAGES = {
    "user": ("gen_ai.input.messages", "gen_ai.user.message"),
    "assistant": ("gen_ai.output.messages", "gen_ai.choice"),
}


def trace_run(trace: str, spans: Sequence[Span], outcome: str) -> AgentRun:
    """Return the run that a trace tells of: each tool that was executed is a step.

    How it ended is decided by, in this order: the attribute ``outcome`` of the outermost span; the labels ``pass`` and
    ``fail`` of its evaluation events, if they agree; its status, Ok or Error. *Unset*, which most instrumentation
    leaves after success, says nothing, and neither does a trace whose outermost span has not been exported.

    Args:
        trace: its id.
        spans: those that speak of generative AI, the earliest first, attributes as plain values.
        outcome: name of an attribute that says how it ended.
    """
    tops = _tops(spans)
    success, outcome_source = _outcome(tops, outcome)
    said = list(_said(spans))
    task = next((text for _, speaker, text in said if speaker == "user"), "")
    steps = [(_start(span), _step(span)) for span in spans if _operation(span) == "execute_tool"]
    timed: list[tuple[int, int, Step | Said]] = [(at, 0, Said(who, text)) for at, who, text in said if who != "user"]
    timed += [(at, 1, step) for at, step in steps]
    timed.sort(key=lambda each: each[:2])
    model = _first(spans, "gen_ai.request.model") or _first(spans, "gen_ai.response.model")
    agent = _first([*tops, *spans], "gen_ai.agent.name") or _first(spans, "gen_ai.agent.id")
    return AgentRun(
        id=trace,
        task=task or (text_of(tops[0].get("name")) if tops else ""),
        course=tuple(each for _, _, each in timed),
        agent=agent or text_of(spans[0].get("service")),
        agent_version=_first(spans, "gen_ai.agent.version") or model,
        group=_first(spans, "gen_ai.conversation.id"),
        success=success,
        outcome_source=outcome_source,
        started_at=_start(spans[0]) / 1e9 if spans and _start(spans[0]) else None,
        facts={"Model": model} if model else {},
    )


def _tops(spans: Sequence[Span]) -> list[Span]:
    """Return the outermost spans; those of whole runs where there are any."""
    known = {text_of(span.get("spanId")).lower() for span in spans}
    tops = [span for span in spans if text_of(span.get("parentSpanId")).lower() not in known]
    return [span for span in tops if _operation(span) in _WHOLE_RUNS] or tops


def _outcome(tops: Sequence[Span], outcome: str) -> tuple[bool | None, str]:
    ended = [span for span in tops if _operation(span) in _WHOLE_RUNS or not span.get("parentSpanId")]
    if not ended:
        return None, ""
    told = {flag_of(span["attributes"].get(outcome)) for span in ended} - {None}
    if len(told) == 1:
        return told.pop(), f"attribute {outcome}"
    results = [each for span in ended for each in _events(span, _EVALUATION)]
    labels = {flag_of(each.get("gen_ai.evaluation.score.label")) for each in results} - {None}
    if len(labels) == 1:
        return labels.pop(), "evaluation of the run"
    codes = [mapping_of(span.get("status")).get("code") for span in ended]
    if any(code in _ERROR for code in codes):
        return False, "status of the span"
    if all(code in _OK for code in codes):
        return True, "status of the span"
    return None, ""


def _step(span: Span) -> Step:
    attributes = span["attributes"]
    arguments = attributes.get("gen_ai.tool.call.arguments")
    given = {text_of(name): text_of(value) for name, value in mapping_of(arguments).items()}
    if not given and arguments:
        given = {"arguments": text_of(arguments)}
    return Step(
        action=text_of(attributes.get("gen_ai.tool.name")) or text_of(span.get("name")) or "an unnamed tool",
        arguments=given,
        observation=text_of(attributes.get("gen_ai.tool.call.result")),
        error=_error(span),
        seconds=max(nanoseconds(span.get("endTimeUnixNano")) - _start(span), 0) / 1e9,
    )


def _error(span: Span) -> str | None:
    status = mapping_of(span.get("status"))
    thrown = next(iter(_events(span, "exception")), {})
    kind = text_of(span["attributes"].get("error.type")) or text_of(thrown.get("exception.type"))
    message = text_of(status.get("message")) or text_of(thrown.get("exception.message"))
    if status.get("code") not in _ERROR and not span["attributes"].get("error.type"):
        return None
    return ": ".join(part for part in (kind, message) if part) or "error"


def _said(spans: Sequence[Span]) -> Iterator[tuple[int, str, str]]:
    """Yield time, speaker and text: what the user asked first, and each answer of a model once."""
    heard: set[tuple[str, str]] = set()
    for span in spans:
        if _operation(span) == "execute_tool":
            continue
        for wanted, at in (("user", _start(span)), ("assistant", _end(span))):
            for speaker, text in _messages(span, wanted):
                if speaker == wanted and text.strip() and (speaker, text) not in heard:
                    heard.add((speaker, text))
                    yield at, speaker, text


def _messages(span: Span, speaker: str) -> Iterator[tuple[str, str]]:
    """Yield role and text of messages: in an attribute of the span or of an event; as it was once, an event each."""
    name, event = _MESSAGES[speaker]
    holders = [span["attributes"], *(event["attributes"] for event in span["events"])]
    for holder in holders:
        listed = holder.get(name)
        if isinstance(listed, str):
            try:
                listed = json.loads(listed)
            except (ValueError, RecursionError):
                listed = None
        for message in listed if isinstance(listed, list) else ():
            read = mapping_of(message)
            parts = [mapping_of(part) for part in read.get("parts") or ()]
            texts = (text_of(part.get("content")) for part in parts if part.get("type") == "text")
            yield text_of(read.get("role")), "\n".join(text for text in texts if text)
    for each in _events(span, event):
        content = each.get("content") or mapping_of(each.get("message")).get("content")
        yield speaker, text_of(content)


def _events(span: Span, name: str) -> Iterator[Mapping[str, Any]]:
    return (event["attributes"] for event in span["events"] if event["name"] == name)


def _operation(span: Span) -> str:
    return text_of(span["attributes"].get("gen_ai.operation.name"))


def _first(spans: Sequence[Span], name: str) -> str:
    return next((text_of(span["attributes"][name]) for span in spans if span["attributes"].get(name)), "")


def _start(span: Span) -> int:
    return nanoseconds(span.get("startTimeUnixNano"))


def _end(span: Span) -> int:
    return nanoseconds(span.get("endTimeUnixNano")) or _start(span)
