"""The bundled model, exported once for all tests of this folder."""

from pathlib import Path

import pytest

from kintsugi.embedding.backend import load_embedder
from kintsugi.embedding.onnx_model import OnnxEmbedder
from kintsugi.settings import EmbeddingSettings


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def onnx(models) -> OnnxEmbedder:
    made = load_embedder(EmbeddingSettings(backend="onnx"), models)
    assert isinstance(made, OnnxEmbedder)
    return made
