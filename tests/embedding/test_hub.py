"""Models by their name on the hub: one resolver for weights and tokenizer."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from kintsugi.documents.tokens import model_tokens
from kintsugi.embedding.weights import hub_name, model_folder
from kintsugi.errors import ConfigurationError, TransientError
from kintsugi.settings import EmbeddingSettings

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUNDLED = model_folder(EmbeddingSettings())


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def cached(cache: Path, name: str, revision: str, commit: str, *files: str) -> Path:
    """Lay files of the bundled model into the cache, as a download of this revision does."""
    assert BUNDLED is not None
    model = cache / f"models--{name.replace('/', '--')}"
    snapshot = model / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (model / "refs").mkdir(exist_ok=True)
    (model / "refs" / revision).write_text(commit)
    for file in files:
        shutil.copy(BUNDLED / file, snapshot / file)
    return snapshot


def test_the_tokenizer_is_that_of_the_revision_whose_weights_are_loaded(cache):
    cached(cache, "someone/model", "main", "a" * 40, "tokenizer.json", "model.safetensors")
    snapshot = cached(cache, "someone/model", "v2", "b" * 40, "tokenizer.json", "model.safetensors")
    settings = EmbeddingSettings(model="someone/model", revision="v2")
    assert model_tokens(settings).folder == model_folder(settings) == snapshot


def test_a_name_without_owner_is_one_of_the_librarys_own_models(cache):
    snapshot = cached(cache, "sentence-transformers/small", "main", "a" * 40, "tokenizer.json", "model.safetensors")
    settings = EmbeddingSettings(model="small")
    assert hub_name(settings) == "sentence-transformers/small"
    assert model_tokens(settings).folder == model_folder(settings) == snapshot


def test_a_tokenizer_alone_is_not_a_model_that_is_here(cache):
    cached(cache, "someone/model", "main", "a" * 40, "tokenizer.json")
    assert model_folder(EmbeddingSettings(model="someone/model")) is None


def test_a_model_that_may_not_be_fetched_says_what_forbids_it(cache, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigurationError, match=r"got HF_HUB_OFFLINE=1; next: unset it"):
        model_tokens(EmbeddingSettings(model="someone/model"))


def test_a_hub_that_does_not_answer_is_asked_again_later(cache, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TransientError, match="the hub can't be reached"):
        model_tokens(EmbeddingSettings(model="someone/model"))


class _Hub(BaseHTTPRequestHandler):
    """A hub with one model, whose files are those of the bundled one."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        assert BUNDLED is not None
        files = [each for each in BUNDLED.iterdir() if each.is_file()]
        kind = "application/json"
        if self.path.startswith("/api/models/someone/model/tree/"):
            tree = [{"type": "file", "path": each.name, "size": each.stat().st_size, "oid": "0"} for each in files]
            content = json.dumps(tree).encode()
        elif self.path.startswith("/api/models/someone/model"):
            siblings = [{"rfilename": each.name} for each in files]
            content = json.dumps({"id": "someone/model", "sha": COMMIT, "siblings": siblings}).encode()
        elif self.path.startswith("/someone/model/resolve/"):
            content, kind = (BUNDLED / self.path.rsplit("/", 1)[1]).read_bytes(), "application/octet-stream"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{len(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub(monkeypatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    yield url
    server.shutdown()
    server.server_close()


def test_documents_can_be_cut_before_anything_has_fetched_the_model(cache, hub):
    settings = EmbeddingSettings(model="someone/model")
    tokens = model_tokens(settings)
    assert tokens.starts("some words") == [0, 5]
    assert tokens.limit == model_tokens(EmbeddingSettings()).limit
    assert list(cache.rglob("*.safetensors")) == []
