"""Runs as OpenTelemetry traces of generative AI: which spans there are, kept on disk until a trace is whole."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, TypeGuard

from autorefine.readers.otel_attributes import attributes_of
from autorefine.readers.sorting import SortedRows

_PREFIX = "gen_ai."
_LONGEST_ID = 64


def is_otel(document: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether the document is an ``ExportTraceServiceRequest`` in OTLP's JSON encoding."""
    return isinstance(document, Mapping) and isinstance(document.get("resourceSpans"), list)


def spans_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the spans that speak of generative AI, with ``attributes`` as plain values and ``service`` added.

    Raises:
        ValueError: it is not of that form.
    """
    for resource in _each(document, "resourceSpans"):
        service = attributes_of(_mapping(resource.get("resource"))).get("service.name", "")
        for scope in _each(resource, "scopeSpans"):
            for span in _each(scope, "spans"):
                attributes = attributes_of(span)
                events = [
                    {"name": str(event.get("name", "")), "attributes": attributes_of(event)}
                    for event in _each(span, "events")
                ]
                names = (*attributes, *(str(event["name"]) for event in events))
                if any(name.startswith(_PREFIX) for name in names):
                    yield {**span, "attributes": attributes, "events": events, "service": str(service)}


class Traces:
    """Spans sorted by trace: they come in any order, in many batches and files, and may be more than memory holds.

    Args:
        max_bytes: a trace that is larger than this is not put together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._spans = SortedRows()

    def add(self, span: Mapping[str, Any]) -> None:
        """Keep a span.

        Raises:
            ValueError: it has no trace or no id.
        """
        trace, identity = span.get("traceId"), span.get("spanId")
        if not (isinstance(trace, str) and isinstance(identity, str) and 0 < len(trace) <= _LONGEST_ID and identity):
            raise ValueError("a span with traceId and spanId")
        body = json.dumps(span)
        self._spans.add((trace.lower(), nanoseconds(span.get("startTimeUnixNano")), identity.lower(), body))

    def each(self) -> Iterator[tuple[str, list[dict[str, Any]] | None]]:
        """Yield each trace with its spans, the earliest first; ``None`` for the spans of one that is too large.

        A span that was exported twice is there once.
        """
        for trace, rows in groupby(self._spans, key=lambda row: str(row[0])):
            once: dict[str, str] = {}
            size = 0
            for _, _, identity, body in rows:
                size += len(body)
                if size <= self._max_bytes:
                    once[identity] = body
            yield trace, None if size > self._max_bytes else [json.loads(body) for body in once.values()]

    def close(self) -> None:
        """Give the disk back."""
        self._spans.close()


def nanoseconds(value: object) -> int:
    """Return a time of OTLP's, which is a number written as text; 0 where there is none."""
    try:
        return min(max(int(str(value or 0)), 0), 2**64 - 1)
    except ValueError:
        return 0


def _each(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise ValueError(f"{name}: a list of mappings")
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
