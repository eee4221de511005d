"""A model exported once for all tests of this folder: a small one, and the bundled one for what only it can show."""

from pathlib import Path
from typing import Any

import pytest

from kintsugi.embedding.backend import load_embedder
from kintsugi.embedding.library import load_library_model
from kintsugi.embedding.onnx_model import OnnxEmbedder
from kintsugi.embedding.weights import model_folder
from kintsugi.settings import EmbeddingSettings
from tests.embedding.small_model import small_model


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> EmbeddingSettings:
    """Settings with a model that is exported in a moment; the backend is not chosen."""
    return EmbeddingSettings(model=str(small_model(tmp_path_factory.mktemp("small") / "model")))


@pytest.fixture(scope="session")
def library(small) -> Any:
    """The small model as its own library loads it."""
    return load_library_model(small, model_folder(small))


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def onnx(small, models) -> OnnxEmbedder:
    made = load_embedder(small.model_copy(update={"backend": "onnx"}), models)
    assert isinstance(made, OnnxEmbedder)
    return made
