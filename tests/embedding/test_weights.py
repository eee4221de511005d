"""What the digest of a model's files depends on."""

import pytest

from kintsugi.embedding.weights import OTHER_FORMATS, weights_digest, weights_stat


@pytest.fixture
def model(tmp_path):
    for name in ("model.safetensors", "config.json", "1_Pooling/config.json"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    return tmp_path


@pytest.mark.parametrize("folder", OTHER_FORMATS)
def test_the_same_weights_in_another_format_beside_it_change_nothing(model, folder):
    before = weights_digest(model), weights_stat(model)
    (model / folder).mkdir()
    for name in ("model.onnx", "weights.bin", "config.json"):
        (model / folder / name).write_text("other")
    assert (weights_digest(model), weights_stat(model)) == before


@pytest.mark.parametrize("name", ["model.safetensors", "1_Pooling/config.json"])
def test_a_file_that_shapes_vectors_changes_it(model, name):
    before = weights_digest(model)
    (model / name).write_text("other")
    assert weights_digest(model) != before
