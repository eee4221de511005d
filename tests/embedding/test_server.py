"""The model server over its real socket, with an embedder that needs no model."""

import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn

from kintsugi.embedding.address import LONGEST, socket_path
from kintsugi.embedding.client import RemoteEmbedder
from kintsugi.embedding.connect import connect_embedder
from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.server import listen, make_app
from kintsugi.errors import ConfigurationError, FingerprintMismatch, TransientError
from kintsugi.settings import EmbeddingSettings
from tests.builders import HashEmbedder

MODEL = EmbeddingSettings(model="hash")


@pytest.fixture
def served(settings) -> Iterator[Path]:
    path = socket_path(settings)
    server = uvicorn.Server(uvicorn.Config(make_app(HashEmbedder()), log_level="warning"))
    listening = listen(path)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield path
    server.should_exit = True
    thread.join(10)


def test_vectors_over_the_socket_equal_those_of_the_model_to_the_byte(served):
    remote, local = RemoteEmbedder(served, MODEL), HashEmbedder()
    texts = [f"text {number}" for number in range(1100)]
    assert remote.fingerprint == local.fingerprint
    assert remote.embed(texts).tobytes() == local.embed(texts).tobytes()
    assert remote.embed_queries(["text"]).tobytes() == local.embed_queries(["text"]).tobytes()
    assert remote.embed([]).shape == (0, local.dimension)
    remote.close()


def test_only_its_user_may_connect(served):
    assert stat.S_IMODE(served.stat().st_mode) == 0o600


def test_a_server_with_another_model_than_the_settings_say_is_refused(served):
    with pytest.raises(ConfigurationError, match="another model"):
        _ = RemoteEmbedder(served, EmbeddingSettings(model="bundled")).fingerprint


def test_a_server_with_another_backend_than_the_settings_say_is_refused(served):
    with pytest.raises(ConfigurationError, match=r"backend 'onnx'; got .*backend 'test'"):
        _ = RemoteEmbedder(served, MODEL.model_copy(update={"backend": "onnx"})).fingerprint


def test_a_server_that_was_started_again_with_other_vectors_is_noticed(served):
    remote = RemoteEmbedder(served, MODEL)
    remote.__dict__["fingerprint"] = HashEmbedder(model="before").fingerprint
    with pytest.raises(FingerprintMismatch, match="it was started again"):
        remote.embed(["text"])


def test_a_server_that_is_gone_is_a_transient_error(tmp_path):
    with pytest.raises(TransientError, match="no answer to /embed"):
        RemoteEmbedder(tmp_path / "none.sock", MODEL).embed(["text"])


def test_a_path_that_no_socket_can_have_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(ConfigurationError, match="KINTSUGI_VAR"):
        listen(tmp_path / ("x" * LONGEST))


def test_a_process_asks_the_server_where_one_answers_and_loads_the_model_where_none_does(served, settings):
    assert isinstance(connect_embedder(settings), RemoteEmbedder)
    served.unlink()
    assert isinstance(connect_embedder(settings), LazyEmbedder)


def test_the_socket_of_a_dead_server_is_replaced(settings):
    path = socket_path(settings)
    listen(path).close()
    assert path.exists()
    listening = listen(path)
    listening.listen()
    listening.close()


def test_a_failure_of_the_model_reaches_the_caller_with_its_reason(settings):
    class Broken(HashEmbedder):
        def embed(self, texts):
            raise TransientError("no memory left")

    from fastapi.testclient import TestClient

    answer = TestClient(make_app(Broken())).post("/embed", json={"texts": ["a"]})
    assert answer.status_code == 503
    assert "no memory left" in answer.text
    assert np.frombuffer(TestClient(make_app(HashEmbedder())).post("/embed", json={"texts": ["a"]}).content, "<f4").size
