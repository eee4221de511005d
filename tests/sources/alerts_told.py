"""Alerts as Alertmanager tells them, and a server that answers as it does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from kintsugi.records import Document, ReceivedAlert
from kintsugi.sources.alertmanager.receiving import Kept, receive
from kintsugi.sources.alertmanager.report import notification_of
from tests.http_served import served

HOUR, NEXT = "2026-11-24T19", "2026-11-24T20"
STARTED, ENDED = "2026-11-24T19:50:00.123456789Z", "2026-11-24T20:10:05Z"
ENTRY = "sources:\n  alerts: {kind: alerts, partition: hour%s}\n"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def told(**changes: Any) -> dict[str, Any]:
    """An alert as a notification tells it."""
    return {
        "status": "firing",
        "labels": {"alertname": "HighLatency", "severity": "critical", "instance": "api-1:9100"},
        "annotations": {"summary": "p99 over 2 s", "description": "Latency of api-1\n# is high."},
        "startsAt": STARTED,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://user:secret@prometheus:9090/graph?g0.expr=x",
        "fingerprint": "c6eadffa33fcdf37",
    } | changes


def listed(**changes: Any) -> dict[str, Any]:
    """The same alert as the API lists it: times to the millisecond, and an end that is a guess."""
    known = {name: value for name, value in told().items() if name != "status"}
    return (
        known
        | {
            "startsAt": "2026-11-24T19:50:00.123Z",
            "endsAt": "2026-11-24T21:00:00.000Z",
            "updatedAt": "2026-11-24T20:00:00.000Z",
            "receivers": [{"name": "kintsugi"}],
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
        }
        | changes
    )


def message(*alerts: dict[str, Any], **changes: Any) -> bytes:
    body = {"version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "kintsugi", "alerts": list(alerts)}
    return json.dumps(body | changes).encode()


def tell(platform, *alerts: dict[str, Any]) -> Kept:
    return receive(platform.records, "alerts", notification_of(message(*alerts)).reports)


def kept(platform) -> list[ReceivedAlert]:
    return list(platform.records.scan(ReceivedAlert))


def documents(platform) -> dict[str, str]:
    found = platform.records.scan(Document, {"source": "alerts"})
    return {each.title: each.metadata["state"] for each in found if each.deleted_at is None}


@dataclass
class AlertmanagerStub:
    """What it answers: status, headers and body for each path."""

    base_url: str = ""
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"[]")
    length: int | None = None
    seen: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def alertmanager_stub() -> Iterator[AlertmanagerStub]:
    stub = AlertmanagerStub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            stub.seen.append({"path": self.path, **self.headers})
            status, headers, body = stub.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if stub.length is None else stub.length))
            self.end_headers()
            self.wfile.write(body)

    with served(Handler) as stub.base_url:
        yield stub


def listing(*alerts: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return (200, {"Content-Type": "application/json"}, json.dumps(alerts).encode())
