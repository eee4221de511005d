"""Airflow's answers about backfills, over HTTP."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Asked(BaseHTTPRequestHandler):
    """Airflow's answers about backfills; what it was asked is kept with the server."""

    server: "BackfillsStub"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        if self.path == "/auth/token":
            self._answer(201, {"access_token": "t"})
        elif self.path == "/api/v2/backfills/dry_run":
            self._answer(200, {"backfills": [{"partition_key": each} for each in self.server.planned]})
        else:
            self._answer(self.server.creates, {"id": 7} if self.server.creates == 200 else {"detail": "running"})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/v2/dags/") and path.endswith("/dagRuns"):
            self._answer(200, {"dag_runs": self.server.runs, "total_entries": len(self.server.runs)})
        elif path.startswith("/api/v2/dags/"):
            self._answer(404 if self.server.paused is None else 200, {"is_paused": self.server.paused})
        elif path == "/api/v2/backfills":
            self._answer(200, {"backfills": self.server.known, "total_entries": len(self.server.known)})
        elif self.server.troubled:
            self.server.troubled -= 1
            self._answer(500, {"detail": "Database error"})
        else:
            self._answer(200, {"id": 7, "completed_at": self.server.completed_at})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class BackfillsStub(ThreadingHTTPServer):
    planned: tuple[str, ...] = ()
    creates = 200
    completed_at: str | None = None
    paused: bool | None = False
    troubled = 0
    runs: tuple[dict[str, Any], ...] = ()
    known: tuple[dict[str, Any], ...] = ()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def body_of(self, path: str) -> dict[str, Any]:
        return next(body for asked, body in self.asked if asked == path)
