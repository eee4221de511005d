"""The exported model: exact, made once by whoever comes first, refused where it is not exact."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kintsugi.embedding import export as exporting
from kintsugi.embedding.backend import load_embedder
from kintsugi.embedding.export import export, exported, refusal
from kintsugi.embedding.fingerprint import computed_by
from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.library import load_library_model
from kintsugi.embedding.model import SentenceTransformerEmbedder
from kintsugi.embedding.onnx_model import OnnxEmbedder
from kintsugi.embedding.recipe import recipe_of
from kintsugi.embedding.weights import model_folder, weights_digest
from kintsugi.errors import ConfigurationError, FingerprintMismatch, TransientError
from kintsugi.settings import EmbeddingSettings

TEXTS = [
    *("the pod restarts every " + "few minutes " * number for number in (0, 1, 3, 40, 300)),
    "",
    " \ud800 a lone surrogate",
    "Ünïcode, 日本語, 🚒",
]


@pytest.fixture(scope="module")
def library():
    settings = EmbeddingSettings()
    return load_library_model(settings, model_folder(settings))


@pytest.fixture(scope="module")
def torch(library) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(EmbeddingSettings(backend="torch"), library)


def test_vectors_are_those_of_torch(onnx, torch):
    ours, theirs = onnx.embed(TEXTS), torch.embed(TEXTS)
    assert ours.dtype == theirs.dtype == np.float32
    assert (ours * theirs).sum(axis=1).min() >= 0.99999
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.abs(onnx.embed_queries(TEXTS) - torch.embed_queries(TEXTS)).max() < 1e-5


def test_a_texts_vector_is_the_same_in_any_batch(onnx):
    together = onnx.embed(TEXTS * 20)
    alone = np.concatenate([onnx.embed([text]) for text in TEXTS])
    assert np.abs(together - np.tile(alone, (20, 1))).max() <= 1e-5


def test_as_many_tokens_are_counted_as_the_library_reads(onnx, torch):
    whole = [text for text in TEXTS if text.isprintable()]
    assert onnx.lengths(whole) == torch.lengths(whole)


def test_no_text_makes_no_vector(onnx):
    assert onnx.embed([]).shape == (0, 384)


def test_the_fingerprint_names_the_backend(onnx, torch):
    ours, theirs = onnx.fingerprint, torch.fingerprint
    assert ours.id != theirs.id
    assert ours.model_copy(update={"id": "", "backend": ""}) == theirs.model_copy(update={"id": "", "backend": ""})
    assert computed_by(ours, "onnx")
    assert not computed_by(ours, "torch")
    assert computed_by(ours, "auto")
    assert computed_by(theirs, "auto")


def test_the_prefix_for_questions_is_that_of_the_settings(onnx, models):
    prefixed = load_embedder(EmbeddingSettings(backend="onnx", query_prefix="query: "), models)
    assert np.array_equal(prefixed.embed_queries(["why"]), onnx.embed_queries(["query: why"]))
    assert np.array_equal(prefixed.embed(["why"]), onnx.embed(["why"]))


def test_what_is_not_exact_is_refused_for_good_and_torch_takes_its_place(library, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "NEAREST", 1.1)
    weights = weights_digest(model_folder(EmbeddingSettings()))
    folder = exported(tmp_path, weights)
    export(EmbeddingSettings(), library, folder, weights)
    assert "its vectors are not those of torch" in refusal(folder)
    assert not (folder / "model.onnx").exists()
    monkeypatch.undo()
    assert isinstance(load_embedder(EmbeddingSettings(), tmp_path), SentenceTransformerEmbedder)
    with pytest.raises(ConfigurationError, match="can't be computed by onnxruntime"):
        load_embedder(EmbeddingSettings(backend="onnx"), tmp_path)


def test_a_platform_whose_vectors_torch_made_stays_with_torch(torch, onnx, models, tmp_path):
    before = [torch.fingerprint]
    assert isinstance(load_embedder(EmbeddingSettings(), tmp_path, before), SentenceTransformerEmbedder)
    assert list(tmp_path.iterdir()) == []
    assert isinstance(load_embedder(EmbeddingSettings(), models, before), OnnxEmbedder), "exported since"
    other = [torch.fingerprint.model_copy(update={"weights": "others"}), onnx.fingerprint]
    assert isinstance(load_embedder(EmbeddingSettings(), models, other), OnnxEmbedder)


def test_pooling_that_is_not_known_here_is_refused(library, monkeypatch):
    monkeypatch.setattr(library[1], "pooling_mode", "max")
    with pytest.raises(ConfigurationError, match=r"its pooling can't be done .* got max"):
        recipe_of(library)


def test_exporting_leaves_the_model_as_it_was(library, torch, tmp_path):
    before = torch.embed(TEXTS)
    attention = library[0].model.config._attn_implementation
    export(EmbeddingSettings(), library, exported(tmp_path, "weights"), "weights")
    assert library[0].model.config._attn_implementation == attention
    assert np.array_equal(torch.embed(TEXTS), before)


def test_a_disk_that_takes_nothing_is_no_reason_for_the_other_backend(library, tmp_path):
    (tmp_path / "models").write_text("a file, where the folder should be")
    with pytest.raises(TransientError, match="can't be written"):
        export(EmbeddingSettings(), library, exported(tmp_path / "models", "weights"), "weights")


def test_a_damaged_export_is_named_with_a_way_out(onnx, models, tmp_path):
    (whole,) = models.glob("*/model.onnx")
    folder = tmp_path / whole.parent.name
    folder.mkdir()
    for file in whole.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ConfigurationError, match="remove that folder"):
        load_embedder(EmbeddingSettings(), tmp_path)


def test_a_graphics_processor_is_left_to_torch(tmp_path):
    with pytest.raises(ConfigurationError, match="on processors only"):
        load_embedder(EmbeddingSettings(backend="onnx", device="cuda"), tmp_path)


def test_two_processes_that_export_at_once_leave_one_model(tmp_path):
    program = (
        "import sys; from pathlib import Path; from kintsugi.embedding.backend import load_embedder;"
        "from kintsugi.settings import EmbeddingSettings;"
        "print(load_embedder(EmbeddingSettings(backend='onnx'), Path(sys.argv[1])).fingerprint.id)"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        said = [each.communicate(timeout=900)[0].splitlines()[-1] for each in both]
    finally:
        for each in both:
            each.kill()
    assert [each.returncode for each in both] == [0, 0]
    assert said[0] == said[1]
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_export_left_is_removed_when_it_is_old(library, tmp_path):
    left, fresh = tmp_path / "weights-aaaa.x.part", tmp_path / "weights-aaaa.y.part"
    for each in (left, fresh):
        each.mkdir()
    os.utime(left, (0, 0))
    export(EmbeddingSettings(), library, exported(tmp_path, "weights"), "weights")
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_remembered_fingerprint_that_does_not_hold_stops_the_first_text_only(onnx, models, tmp_path):
    lazy = LazyEmbedder(EmbeddingSettings(backend="onnx"), tmp_path, models)
    assert lazy.embed(["a"]).shape == (1, 384)
    (memory,) = tmp_path.iterdir()
    memory.write_text(onnx.fingerprint.model_copy(update={"id": "other"}).model_dump_json())
    again = LazyEmbedder(EmbeddingSettings(backend="onnx"), tmp_path, models)
    assert again.fingerprint.id == "other"
    with pytest.raises(FingerprintMismatch, match="other vectors than when it was last loaded"):
        again.embed(["a"])
    assert again.fingerprint == onnx.fingerprint
    assert again.embed(["a"]).shape == (1, 384)


def test_loading_an_exported_model_does_not_load_torch(onnx, models):
    program = (
        "import sys; from pathlib import Path; from kintsugi.embedding.backend import load_embedder;"
        "from kintsugi.settings import EmbeddingSettings;"
        "load_embedder(EmbeddingSettings(), Path(sys.argv[1])); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(models)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
