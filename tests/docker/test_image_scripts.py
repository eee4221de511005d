"""The small scripts of the image: health, pools, and where tasks are sent to."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from kintsugi.laptop.settings_file import read_settings_file
from tests.docker.conftest import DOCKER, image_script

health = image_script("health.py")
pools = image_script("pools.py")
policies = image_script("policies/airflow_local_settings.py")
ROOT = DOCKER.parent


@pytest.fixture
def answering(monkeypatch):
    """Start a server that gives one answer, and let all parts be looked for there."""
    servers = []

    def start(body, status=200):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        for name in ("API", "OWN_API", "SCHEDULER"):
            monkeypatch.setattr(health, name, f"http://127.0.0.1:{server.server_port}/")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def airflow_says(status):
    parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return json.dumps({part: {"status": status} for part in parts}).encode()


@pytest.mark.parametrize("part", ["api-server", "scheduler", "dag_processor", "triggerer"])
def test_a_part_is_as_well_as_airflow_says(answering, part):
    answering(airflow_says("healthy"))
    assert health.complaint(part) == ""
    answering(airflow_says("unhealthy"))
    assert health.complaint(part) == f"{part}: unhealthy"


@pytest.mark.parametrize(("body", "status"), [(b"", 200), (b"[]", 200), (b"{}", 200), (airflow_says("healthy"), 503)])
def test_an_answer_that_does_not_say_so_is_not_healthy(answering, body, status):
    answering(body, status)
    assert health.complaint("triggerer")


def test_a_part_that_does_not_answer_is_not_healthy(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setattr(health, "SCHEDULER", f"http://127.0.0.1:{unused.getsockname()[1]}/")
        assert "no answer" in health.complaint("scheduler")


def test_the_model_server_is_well_while_somebody_listens(monkeypatch, tmp_path):
    path = tmp_path / "embedder.sock"
    monkeypatch.setattr(health, "EMBEDDER", path)
    assert "no answer" in health.complaint("embedder")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()
        assert health.complaint("embedder") == ""


def test_an_unknown_part_is_refused():
    assert "expected api-server" in health.complaint("webserver")


def test_every_check_of_the_stack_names_a_known_part(compose, answering):
    answering(airflow_says("healthy"))
    for name, service in compose["services"].items():
        test = (service.get("healthcheck") or {}).get("test", [])
        if "/opt/kintsugi/docker/image/health.py" in test:
            assert test[-1].replace("_", "-") == name
            assert "expected api-server" not in health.complaint(test[-1])


def test_the_pools_are_those_of_the_settings_file(tmp_path):
    target = tmp_path / "pools.json"
    pools.main(str(ROOT / "airflow_settings.yaml"), str(target))
    objects = read_settings_file(ROOT / "airflow_settings.yaml")
    written = json.loads(target.read_text())
    assert {name: each["slots"] for name, each in written.items()} == {
        each.pool_name: each.pool_slot for each in objects.pools
    }


@pytest.mark.parametrize(
    ("pool", "queue", "sent_to"),
    [("embedding", "default", "embedding"), ("embedding", "mine", "mine"), ("ingest", "default", "default")],
)
def test_tasks_that_use_the_model_go_to_the_queue_of_their_pool(pool, queue, sent_to):
    task = SimpleNamespace(pool=pool, queue=queue)
    policies.task_policy(task)
    assert task.queue == sent_to
