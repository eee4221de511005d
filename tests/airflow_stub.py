"""A real HTTP server that answers like Airflow's REST API, from data that a test sets."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.http_served import served

USER = {"username": "admin", "password": "secret"}


PARTITIONED = frozenset({"heal", "ingest_airflow", "publish", "refine", "release"})
"""The DAGs whose runs may have a partition key; `tests/airflow/test_dags.py` compares it with the real ones."""


def refusal(dag_id: str, body: dict[str, Any]) -> str:
    """Return why Airflow refuses to start this run, "" when it does not."""
    key = body.get("partition_key")
    if key is None:
        return ""
    if dag_id not in PARTITIONED:
        return f"Dag '{dag_id}' is not a partitioned Dag and does not accept a partition_key."
    return "" if key.strip() else "partition_key must not be empty or whitespace-only."


@dataclass
class AirflowStub:
    """What the stub knows and what it was asked. ``failures`` are (status, headers) given before anything else.

    ``odd`` are (part of a path, answer): where the path has the part, that is answered with 200 instead, once each, in
    order.
    """

    base_url: str = ""
    runs: list[dict[str, Any]] = field(default_factory=list)
    task_instances: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    tries: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    logs: dict[tuple[str, str, str, int], list[Any]] = field(default_factory=dict)
    dags: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    import_errors: list[dict[str, Any]] = field(default_factory=list)
    asset_events: list[dict[str, Any]] = field(default_factory=list)
    version: str | None = "3.3.2"
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    odd: list[tuple[str, Any]] = field(default_factory=list)
    valid_token: int = 1
    page: int = 100
    requests: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    def asked(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, each)) for each in self.requests)


@contextmanager
def airflow_stub() -> Iterator[AirflowStub]:
    stub = AirflowStub()

    class Handler(_Handler):
        state = stub

    with served(Handler, _Server) as stub.base_url:
        yield stub


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that stops reading a long log is no error."""


class _Handler(BaseHTTPRequestHandler):
    state: AirflowStub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_PATCH(self) -> None:
        self._handle("PATCH")

    def _handle(self, method: str) -> None:
        split = urlsplit(self.path)
        path, query = unquote(split.path), parse_qs(split.query)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        self.state.requests.append(f"{method} {path}?{unquote(split.query)}")
        self.state.bodies.append(body)
        if self.state.failures:
            status, headers = self.state.failures.pop(0)
            return self._answer(status, {"detail": "as told", "input": body}, headers)
        if self.state.odd and self.state.odd[0][0] in path:
            return self._answer(200, self.state.odd.pop(0)[1])
        if path == "/api/v2/version":
            known = self.state.version is not None
            return self._answer(200, {"version": self.state.version}) if known else self._answer(404, {"detail": "?"})
        if path == "/auth/token":
            token = {"access_token": f"token-{self.state.valid_token}"}
            return self._answer(201, token) if body == USER else self._answer(401, {"detail": "Invalid credentials"})
        if path == "/api/v2/monitor/health":
            return self._answer(200, {"metadatabase": {"status": "healthy"}})
        if self.headers.get("Authorization") != f"Bearer token-{self.state.valid_token}":
            return self._answer(401, {"detail": "Token Expired"})
        status, content = self._content(method, path, query, body)
        return self._answer(status, content)

    def _content(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        state = self.state
        if method == "PATCH":
            return 200, body
        if path == "/api/v2/dags":
            return 200, self._paged("dags", state.dags, query)
        if path == "/api/v2/importErrors":
            return 200, self._paged("import_errors", state.import_errors, query)
        if path == "/api/v2/assets/events":
            low, high = query["timestamp_gte"][0], query["timestamp_lt"][0]
            wanted = query.get("asset_id")
            events = [e for e in state.asset_events if low <= e["timestamp"] < high]
            events = [e for e in events if wanted is None or str(e["asset_id"]) in wanted]
            return 200, self._paged("asset_events", events, query)
        if known := re.fullmatch(r"/api/v2/dags/([^/]+)/(details|tasks)", path):
            if known[1] not in state.details:
                return 404, {"detail": "no such DAG"}
            tasks = state.tasks.get(known[1], [])
            return 200, state.details[known[1]] if known[2] == "details" else {
                "tasks": tasks,
                "total_entries": len(tasks),
            }
        if path == "/api/v2/dags/~/dagRuns":
            low, high = query["end_date_gte"][0], query["end_date_lt"][0]
            found = [r for r in state.runs if low <= r["end_date"] < high and r["state"] in query["state"]]
            return 200, self._paged("dag_runs", found, query)
        if (started := re.fullmatch(r"/api/v2/dags/([^/]+)/dagRuns", path)) and method == "POST":
            if reason := refusal(started[1], body):
                return 400, {"detail": reason}
            known = any(r["dag_run_id"] == body["dag_run_id"] for r in state.runs)
            state.runs.append({"dag_id": started[1], "state": "queued", "end_date": "", **body})
            return (409, {"detail": "exists"}) if known else (200, body)
        if one := re.fullmatch(r"/api/v2/dags/([^/]+)/dagRuns/([^/]+)", path):
            found = [r for r in state.runs if (r["dag_id"], r["dag_run_id"]) == (one[1], one[2])]
            return (200, found[0]) if found else (404, {"detail": "no such run"})
        if inner := re.fullmatch(r"/api/v2/dags/([^/]+)/dagRuns/([^/]+)/taskInstances(.*)", path):
            return self._task(inner[1], inner[2], inner[3], query)
        return 404, {"detail": f"the stub does not know {method} {path}"}

    def _task(self, dag_id: str, run_id: str, rest: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        state = self.state
        if not rest:
            return 200, self._paged("task_instances", state.task_instances.get((dag_id, run_id), []), query)
        if log := re.fullmatch(r"/([^/]+)/logs/(\d+)", rest):
            messages = state.logs.get((dag_id, run_id, log[1], int(log[2])))
            return (200, messages) if messages is not None else (404, {"detail": "no log"})
        if tries := re.fullmatch(r"/([^/]+)(?:/\d+)?/tries", rest):
            found = state.tries[dag_id, run_id, tries[1]]
            return 200, {"task_instances": found, "total_entries": len(found)}
        return 404, {"detail": rest}

    def _paged(self, key: str, found: list[dict[str, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
        offset = int(query["offset"][0])
        limit = min(int(query["limit"][0]), self.state.page)
        return {key: found[offset : offset + limit], "total_entries": len(found)}

    def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        if isinstance(content, list):
            lines = [each if isinstance(each, str) else json.dumps(each) for each in content]
            data, kind = "".join(f"{line}\n" for line in lines).encode(), "application/x-ndjson"
        else:
            data, kind = json.dumps(content).encode(), "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def dag_run(dag_id: str = "etl", run_id: str = "manual__1", **changes: Any) -> dict[str, Any]:
    return {
        "dag_id": dag_id,
        "dag_run_id": run_id,
        "state": "success",
        "start_date": "2026-11-24T19:10:00Z",
        "end_date": "2026-11-24T19:10:30Z",
        "run_type": "manual",
        "partition_key": None,
        **changes,
    }


def task_instance(task_id: str = "fetch", **changes: Any) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "map_index": -1,
        "try_number": 1,
        "state": "success",
        "operator": "_PythonDecoratedOperator",
        "operator_name": "@task",
        "start_date": "2026-11-24T19:10:01Z",
        "end_date": "2026-11-24T19:10:05Z",
        **changes,
    }


def dag_details(dag_id: str = "etl", **changes: Any) -> dict[str, Any]:
    """A DAG as Airflow 3.3 tells of it, with what changes by itself and what should stay out of documents."""
    return {
        "dag_id": dag_id,
        "dag_display_name": dag_id,
        "is_paused": False,
        "last_parsed_time": "2026-11-24T19:10:00Z",
        "last_parse_duration": 0.1,
        "bundle_name": "dags-folder",
        "relative_fileloc": f"{dag_id}.py",
        "fileloc": f"/dags/{dag_id}.py",
        "description": "Loads the orders.",
        "timetable_summary": "0 * * * *",
        "timetable_description": "Every hour",
        "tags": [{"name": "orders", "dag_id": dag_id}, {"name": "daily", "dag_id": dag_id}],
        "max_active_tasks": 16,
        "max_active_runs": 1,
        "next_dagrun_run_after": "2026-11-24T20:00:00Z",
        "owners": ["data", "ada"],
        "catchup": False,
        "asset_expression": None,
        "doc_md": "# Orders\n\nWhy it exists.\n\n```\n# a comment",
        "params": {"since": {"value": "secret"}},
        "default_args": {"password": "secret"},
        **changes,
    }


def dag_task(task_id: str = "fetch", **changes: Any) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "operator_name": "@task",
        "retries": 2.0,
        "trigger_rule": "all_success",
        "downstream_task_ids": [],
        "doc_md": None,
        "is_mapped": False,
        **changes,
    }


def asset_event(id: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "asset_id": 7,
        "uri": "kintsugi://records",
        "name": "records",
        "group": "asset",
        "extra": {"rows": 3},
        "source_task_id": "load",
        "source_dag_id": "etl",
        "source_run_id": "manual__1",
        "source_map_index": -1,
        "created_dagruns": [{"dag_id": "publish", "run_id": "asset__1", "state": "running"}],
        "timestamp": "2026-11-24T19:10:00Z",
        "partition_key": None,
        **changes,
    }
