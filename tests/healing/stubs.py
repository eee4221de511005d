"""Real HTTP servers on loopback: a source that can be told to answer 503, and an Airflow with three routes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from kintsugi.errors import SourceUnavailable
from kintsugi.records import Labels
from kintsugi.sources.port import RawItem
from tests.airflow_stub import refusal


class StubServer:
    """Answers every request with what `answer` returns; counts the requests."""

    def __init__(self) -> None:
        self.requests = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({})

            def do_POST(self) -> None:
                self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _reply(self, sent: dict[str, Any]) -> None:
                stub.requests += 1
                status, content = stub.answer(self.command, self.path, sent)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class StubNotes(StubServer):
    """Notes by hour. ``down`` counts how many more requests are answered 503."""

    def __init__(self) -> None:
        self.down = 0
        self.notes: dict[str, dict[str, str]] = {}
        super().__init__()

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        if self.down:
            self.down -= 1
            return 503, {}
        return 200, self.notes.get(path.strip("/"), {})


class NotesSource:
    """The notes of an hour, from the stub, under the name of the platform's hourly source."""

    name = "airflow"
    contract = "documents"
    complete = True

    def __init__(self, url: str) -> None:
        self._url = url

    def check(self) -> None:
        self._get("health")

    def partition_ready(self, partition: str, now: float) -> bool:
        return True

    def items(self, partition: str) -> Iterator[RawItem]:
        for name, text in sorted(self._get(partition).items()):
            yield RawItem(name, "text/markdown", f"{self._url}/{name}", text.encode, Labels())

    def _get(self, path: str) -> dict[str, str]:
        answer = httpx.get(f"{self._url}/{path}", timeout=5)
        if answer.status_code != 200:
            raise SourceUnavailable(f"source airflow: GET /{path} answered {answer.status_code}")
        return dict(answer.json())


class StubAirflow(StubServer):
    """Logs in, starts runs, tells their state. ``states`` and ``partitions`` are by run id; a run ends when told to.

    Like Airflow, it refuses a partition key for a DAG that isn't partitioned. ``refused`` run ids are answered 400.
    """

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.partitions: dict[str, str | None] = {}
        self.refused: set[str] = set()
        self.posts = 0
        super().__init__()

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        if path == "/auth/token":
            return 201, {"access_token": "token"}
        if method == "GET":
            state = self.states.get(path.rsplit("/", 1)[1])
            return (200, {"state": state}) if state else (404, {})
        self.posts += 1
        if reason := refusal(path.split("/")[4], sent):
            return 400, {"detail": reason}
        if sent["dag_run_id"] in self.refused:
            return 400, {"detail": "as told"}
        if sent["dag_run_id"] in self.states:
            return 409, {"detail": "exists"}
        self.states[sent["dag_run_id"]] = "queued"
        self.partitions[sent["dag_run_id"]] = sent["partition_key"]
        return 200, {}
