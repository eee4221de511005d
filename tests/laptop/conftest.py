"""Services made of a few lines of Python, and a server that takes bulk requests like Airflow's."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kintsugi.laptop.runners import ServiceRunner
from kintsugi.laptop.services import Service

MARK = "kintsugi-test"
"""Stands in the command line of what the tests start, as in that of everything that the platform starts."""


@pytest.fixture
def run_service(tmp_path) -> Iterator[Any]:
    """Return a function that makes a runner of Python code; what still runs at the end is stopped."""
    made: list[ServiceRunner] = []

    def make(code: str, name: str = "dummy") -> ServiceRunner:
        service = Service(name, (sys.executable, "-c", code, MARK))
        runner = ServiceRunner(service, {"PATH": "/usr/bin:/bin"}, tmp_path / f"{name}.log", tmp_path)
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.stop(1.0)


class BulkAirflow:
    """Keeps what it is told to create or overwrite, by id; ``refuse`` makes it answer with an error inside a 200."""

    KEYS = {"connections": "connection_id", "pools": "name", "variables": "key"}

    def __init__(self) -> None:
        self.base_url = ""
        self.refuse = ""
        self.held: dict[str, dict[str, Any]] = {kind: {} for kind in self.KEYS}

    def patch(self, kind: str, body: Any) -> dict[str, Any]:
        (action,) = body["actions"]
        if self.refuse:
            return {"create": {"success": [], "errors": [{"error": self.refuse, "status_code": 409}]}}
        key = self.KEYS[kind]
        for entity in action["entities"]:
            if entity[key] in self.held[kind] and action["action_on_existence"] != "overwrite":
                return {"create": {"success": [], "errors": [{"error": "exists", "status_code": 409}]}}
            self.held[kind][entity[key]] = entity
        return {"create": {"success": [entity[key] for entity in action["entities"]], "errors": []}}


@pytest.fixture
def bulk_airflow() -> Iterator[BulkAirflow]:
    airflow = BulkAirflow()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._answer({"access_token": "token"})

        def do_PATCH(self) -> None:
            self._answer(airflow.patch(self.path.rsplit("/", 1)[-1], self._body()))

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, content: Any) -> None:
            if self.command == "POST":
                self._body()
            data = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    airflow.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    yield airflow
    server.shutdown()
    server.server_close()
    thread.join()
