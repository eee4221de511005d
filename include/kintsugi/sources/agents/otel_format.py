"""Runs as OpenTelemetry traces of generative AI: which spans there are, kept on disk until a trace is whole."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from kintsugi.sources.agents.otel_attributes import attributes_of

_PREFIX = "gen_ai."
_LONGEST_ID = 64


def is_otel(document: object) -> bool:
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

    They lie in a temporary database of SQLite's own, which is gone when it is closed.

    Args:
        max_bytes: a trace that is larger than this is not put together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._spans = sqlite3.connect("")
        self._spans.execute("CREATE TABLE span (trace TEXT, start INTEGER, id TEXT, size INTEGER, body TEXT)")

    def add(self, span: Mapping[str, Any]) -> None:
        """Keep a span.

        Raises:
            ValueError: it has no trace or no id.
        """
        trace, identity = span.get("traceId"), span.get("spanId")
        if not (isinstance(trace, str) and isinstance(identity, str) and 0 < len(trace) <= _LONGEST_ID and identity):
            raise ValueError("a span with traceId and spanId")
        body = json.dumps(span)
        row = (trace.lower(), nanoseconds(span.get("startTimeUnixNano")), identity.lower(), len(body), body)
        self._spans.execute("INSERT INTO span VALUES (?, ?, ?, ?, ?)", row)

    def each(self) -> Iterator[tuple[str, list[dict[str, Any]] | None]]:
        """Yield each trace with its spans, the earliest first; ``None`` for the spans of one that is too large.

        A span that was exported twice is there once.
        """
        self._spans.execute("CREATE INDEX IF NOT EXISTS by_trace ON span (trace, start, id)")
        totals = self._spans.execute("SELECT trace, SUM(size) FROM span GROUP BY trace ORDER BY trace")
        for trace, size in totals:
            if size > self._max_bytes:
                yield trace, None
                continue
            rows = self._spans.execute("SELECT id, body FROM span WHERE trace = ? ORDER BY start, id, body", (trace,))
            once = dict(rows)
            yield trace, [json.loads(body) for body in once.values()]

    def close(self) -> None:
        """Give the disk back."""
        self._spans.close()


def nanoseconds(value: object) -> int:
    """Return a time of OTLP's, which is a number written as text; 0 where there is none. At most what SQLite holds."""
    try:
        return min(max(int(str(value or 0)), 0), 2**63 - 1)
    except ValueError:
        return 0


def _each(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise ValueError(f"{name}: a list of mappings")
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
