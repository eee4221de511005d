"""The exported model: exact, made once by whoever comes first, refused where it is not exact."""

import os
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from kintsugi.embedding import export as exporting
from kintsugi.embedding import export_apart
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
from tests.embedding.small_model import DIMENSION

TEXTS = [
    *("the pod restarts every " + "few minutes " * number for number in (0, 1, 3, 40, 300)),
    "",
    " \ud800 a lone surrogate",
    "Ünïcode, 日本語, 🚒",
]


@pytest.fixture(scope="module")
def torch(small, library) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(small.model_copy(update={"backend": "torch"}), library)


def with_backend(small: EmbeddingSettings, backend: str, **more: str) -> EmbeddingSettings:
    return small.model_copy(update={"backend": backend, **more})


def as_torch_has_them(onnx: OnnxEmbedder, torch: SentenceTransformerEmbedder) -> bool:
    """Return whether both backends make the same vectors of `TEXTS`, as documents and as questions."""
    ours, theirs = onnx.embed(TEXTS), torch.embed(TEXTS)
    assert ours.dtype == theirs.dtype == np.float32
    assert (ours * theirs).sum(axis=1).min() >= 0.99999
    assert np.abs(ours - theirs).max() < 1e-5
    return bool(np.abs(onnx.embed_queries(TEXTS) - torch.embed_queries(TEXTS)).max() < 1e-5)


def test_vectors_are_those_of_torch(onnx, torch):
    assert as_torch_has_them(onnx, torch)


def test_vectors_of_the_bundled_model_are_those_of_torch(tmp_path):
    settings = EmbeddingSettings()
    files = model_folder(settings)
    loaded, weights = load_library_model(settings, files), weights_digest(files)
    folder = exported(tmp_path, weights)
    export(settings, loaded, folder, weights)
    assert refusal(folder) is None
    assert as_torch_has_them(OnnxEmbedder(settings, folder, weights), SentenceTransformerEmbedder(settings, loaded))


def test_a_texts_vector_is_the_same_in_any_batch(onnx):
    together = onnx.embed(TEXTS * 20)
    alone = np.concatenate([onnx.embed([text]) for text in TEXTS])
    assert np.abs(together - np.tile(alone, (20, 1))).max() <= 1e-5


def test_as_many_tokens_are_counted_as_the_library_reads(onnx, torch):
    whole = [text for text in TEXTS if text.isprintable()]
    assert onnx.lengths(whole) == torch.lengths(whole)


def test_no_text_makes_no_vector(onnx):
    assert onnx.embed([]).shape == (0, DIMENSION)


def test_the_fingerprint_names_the_backend(onnx, torch):
    ours, theirs = onnx.fingerprint, torch.fingerprint
    assert ours.id != theirs.id
    assert ours.model_copy(update={"id": "", "backend": ""}) == theirs.model_copy(update={"id": "", "backend": ""})
    assert computed_by(ours, "onnx")
    assert not computed_by(ours, "torch")
    assert computed_by(ours, "auto")
    assert computed_by(theirs, "auto")


def test_the_prefix_for_questions_is_that_of_the_settings(small, onnx, models):
    prefixed = load_embedder(with_backend(small, "onnx", query_prefix="query: "), models)
    assert np.array_equal(prefixed.embed_queries(["why"]), onnx.embed_queries(["query: why"]))
    assert np.array_equal(prefixed.embed(["why"]), onnx.embed(["why"]))


def test_what_is_not_exact_is_refused_for_good_and_torch_takes_its_place(small, library, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "NEAREST", 1.1)
    weights = weights_digest(model_folder(small))
    folder = exported(tmp_path, weights)
    export(small, library, folder, weights)
    assert "its vectors are not those of torch" in refusal(folder)
    assert not (folder / "model.onnx").exists()
    monkeypatch.undo()
    assert isinstance(load_embedder(small, tmp_path), SentenceTransformerEmbedder)
    with pytest.raises(ConfigurationError, match="can't be computed by onnxruntime"):
        load_embedder(with_backend(small, "onnx"), tmp_path)


def test_a_platform_whose_vectors_torch_made_stays_with_torch(small, torch, onnx, models, tmp_path):
    before = [torch.fingerprint]
    assert isinstance(load_embedder(small, tmp_path, before), SentenceTransformerEmbedder)
    assert list(tmp_path.iterdir()) == []
    assert isinstance(load_embedder(small, models, before), OnnxEmbedder), "exported since"
    other = [torch.fingerprint.model_copy(update={"weights": "others"}), onnx.fingerprint]
    assert isinstance(load_embedder(small, models, other), OnnxEmbedder)


def test_pooling_that_is_not_known_here_is_refused(library, monkeypatch):
    monkeypatch.setattr(library[1], "pooling_mode", "max")
    with pytest.raises(ConfigurationError, match=r"its pooling can't be done .* got max"):
        recipe_of(library)


def test_exporting_leaves_the_model_as_it_was(small, library, torch, tmp_path):
    before = torch.embed(TEXTS)
    attention = library[0].model.config._attn_implementation
    export(small, library, exported(tmp_path, "weights"), "weights")
    assert library[0].model.config._attn_implementation == attention
    assert np.array_equal(torch.embed(TEXTS), before)


def test_a_disk_that_takes_nothing_is_no_reason_for_the_other_backend(small, library, tmp_path):
    (tmp_path / "models").write_text("a file, where the folder should be")
    with pytest.raises(TransientError, match="can't be written"):
        export(small, library, exported(tmp_path / "models", "weights"), "weights")


def test_a_damaged_export_is_named_with_a_way_out(small, onnx, models, tmp_path):
    (whole,) = models.glob("*/model.onnx")
    folder = tmp_path / whole.parent.name
    folder.mkdir()
    for file in whole.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ConfigurationError, match="remove that folder"):
        load_embedder(small, tmp_path)


def test_a_graphics_processor_is_left_to_torch(tmp_path):
    with pytest.raises(ConfigurationError, match="on processors only"):
        load_embedder(EmbeddingSettings(backend="onnx", device="cuda"), tmp_path)


def test_two_processes_that_export_at_once_leave_one_model(small, tmp_path):
    program = (
        "import sys; from pathlib import Path; from kintsugi.embedding.backend import load_embedder;"
        "from kintsugi.settings import EmbeddingSettings;"
        "settings = EmbeddingSettings(backend='onnx', model=sys.argv[1]);"
        "print(load_embedder(settings, Path(sys.argv[2])).fingerprint.id)"
    )
    command = [sys.executable, "-c", program, small.model, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        said = [each.communicate(timeout=300)[0].splitlines()[-1] for each in both]
    finally:
        for each in both:
            each.kill()
    assert [each.returncode for each in both] == [0, 0]
    assert said[0] == said[1]
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_export_left_is_removed_when_it_is_old(small, library, tmp_path):
    left, fresh = tmp_path / "weights-aaaa.x.part", tmp_path / "weights-aaaa.y.part"
    for each in (left, fresh):
        each.mkdir()
    os.utime(left, (0, 0))
    export(small, library, exported(tmp_path, "weights"), "weights")
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_remembered_fingerprint_that_does_not_hold_stops_the_first_text_only(small, onnx, models, tmp_path):
    lazy = LazyEmbedder(with_backend(small, "onnx"), tmp_path, models)
    assert lazy.embed(["a"]).shape == (1, DIMENSION)
    (memory,) = tmp_path.iterdir()
    memory.write_text(onnx.fingerprint.model_copy(update={"id": "other"}).model_dump_json())
    again = LazyEmbedder(with_backend(small, "onnx"), tmp_path, models)
    assert again.fingerprint.id == "other"
    with pytest.raises(FingerprintMismatch, match="other vectors than when it was last loaded"):
        again.embed(["a"])
    assert again.fingerprint == onnx.fingerprint
    assert again.embed(["a"]).shape == (1, DIMENSION)


def test_loading_an_exported_model_does_not_load_torch(small, onnx, models):
    program = (
        "import sys; from pathlib import Path; from kintsugi.embedding.backend import load_embedder;"
        "from kintsugi.settings import EmbeddingSettings;"
        "load_embedder(EmbeddingSettings(model=sys.argv[1]), Path(sys.argv[2])); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", program, small.model, str(models)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


NO_MEMORY = (
    TransientError("2 texts could not be embedded", got="RuntimeException: Failed to allocate memory for a buffer"),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried 91 bytes"),
    MemoryError(),
)


@pytest.mark.parametrize("lack", NO_MEMORY, ids=lambda lack: type(lack).__name__)
def test_a_lack_of_memory_is_no_reason_for_the_other_backend(small, library, tmp_path, monkeypatch, lack):
    def compared(*_: object) -> None:
        raise lack

    folder = exported(tmp_path, "weights")
    monkeypatch.setattr(exporting, "_compare", compared)
    with pytest.raises(TransientError, match="memory"):
        export(small, library, folder, "weights")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    export(small, library, folder, "weights")
    assert refusal(folder) is None


def test_a_tracer_that_finds_no_memory_has_not_refused_the_model(small, library, tmp_path, monkeypatch):
    import torch as library_of_torch

    def traced(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 91 bytes")

    monkeypatch.setattr(library_of_torch.onnx, "export", traced)
    with pytest.raises(TransientError, match="not enough memory"):
        export(small, library, exported(tmp_path, "weights"), "weights")
    assert list(tmp_path.iterdir()) == []


def test_what_onnxruntime_can_not_compute_is_refused_for_good(small, library, tmp_path, monkeypatch):
    def compared(*_: object) -> None:
        raise TransientError("2 texts could not be embedded", got="InvalidArgument: Unexpected input data type")

    monkeypatch.setattr(exporting, "_compare", compared)
    folder = exported(tmp_path, "weights")
    export(small, library, folder, "weights")
    assert "Unexpected input data type" in refusal(folder)


def test_the_export_of_other_versions_goes_only_when_there_is_another(small, library, tmp_path, monkeypatch):
    older = tmp_path / "weights-older"
    older.mkdir()
    (older / "model.onnx").write_bytes(b"of other versions")
    compare, seen = exporting._compare, []

    def compared(*of: Any) -> None:
        seen.append(exporting.was_exported(tmp_path, "weights"))
        compare(*of)

    monkeypatch.setattr(exporting, "_compare", compared)
    folder = exported(tmp_path, "weights")
    export(small, library, folder, "weights")
    assert seen == [True], "whoever is killed here leaves a model that was exported"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_process_that_exports_a_model_does_not_keep_torch(small, tmp_path):
    program = (
        "import sys; from pathlib import Path; from kintsugi.embedding.backend import load_embedder;"
        "from kintsugi.settings import EmbeddingSettings;"
        "made = load_embedder(EmbeddingSettings(model=sys.argv[1]), Path(sys.argv[2]));"
        "print(type(made).__name__, 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", program, small.model, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    assert said.splitlines()[-1] == "OnnxEmbedder False"


def test_an_export_whose_process_is_killed_is_tried_again_and_no_reason_for_the_other_backend(
    small, tmp_path, monkeypatch
):
    monkeypatch.setattr(export_apart, "_export", _killed)
    with pytest.raises(TransientError, match="the process that made its form for onnxruntime was killed"):
        load_embedder(with_backend(small, "auto"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def _killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
