"""Which backend computes the model, decided the same way by every process that shares ``var``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog

from kintsugi.embedding.export import exported, refusal, was_exported
from kintsugi.embedding.export_apart import export_apart
from kintsugi.embedding.fingerprint import computed_by
from kintsugi.embedding.library import load_library_model
from kintsugi.embedding.model import SentenceTransformerEmbedder
from kintsugi.embedding.onnx_model import OnnxEmbedder
from kintsugi.embedding.weights import model_folder, weights_digest
from kintsugi.errors import ConfigurationError
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings


def load_embedder(
    settings: EmbeddingSettings, models: Path, before: Iterable[Fingerprint] = ()
) -> OnnxEmbedder | SentenceTransformerEmbedder:
    """Return the loaded model, on the backend that the settings ask for.

    With ``auto`` that is onnxruntime where the model can be exported and its vectors are those of torch. The first
    process finds out and keeps what it found in ``models``: nobody decides anew while the model is the same, and a
    passing failure is an error, never a reason to take the other backend. Where torch has computed this very model
    ``before``, and it was never exported, ``auto`` stays with torch: an upgrade must not ask for a new generation.

    Raises:
        ConfigurationError: the model can't be loaded, or not by the backend that was asked for.
        TransientError: there is no memory for the model, or the disk doesn't take the exported one.
    """
    if settings.backend == "torch" or (settings.backend == "auto" and settings.device != "cpu"):
        return SentenceTransformerEmbedder(settings)
    if settings.device != "cpu":
        raise ConfigurationError(
            f"setting embedding.backend 'onnx' with embedding.device {settings.device!r}",
            expected="device 'cpu': onnxruntime is used on processors only",
            next_step="set embedding.backend to 'torch' or 'auto'",
        )
    if settings.backend == "auto" and _torch_has_it(settings, models, before):
        return SentenceTransformerEmbedder(settings)
    loaded, folder, weights = _made(settings, models)
    reason = refusal(folder) if folder else "the model's files lie in no folder"
    if folder is None or reason is not None:
        if settings.backend == "onnx":
            raise ConfigurationError(
                f"embedding model {settings.model!r}: it can't be computed by onnxruntime",
                got=reason or "",
                next_step="set embedding.backend to 'torch' or 'auto'",
            )
        structlog.get_logger().warning("onnx_backend_refused", model=settings.model, reason=reason)
        return SentenceTransformerEmbedder(settings, loaded)
    return OnnxEmbedder(settings, folder, weights)


def _torch_has_it(settings: EmbeddingSettings, models: Path, before: Iterable[Fingerprint]) -> bool:
    weights_then = {each.weights for each in before if computed_by(each, "torch")}
    files = model_folder(settings) if weights_then else None
    if files is None or (weights := weights_digest(files)) not in weights_then:
        return False
    return not was_exported(models, weights)


def _made(settings: EmbeddingSettings, models: Path) -> tuple[Any, Path | None, str]:
    """Return the library's model where it had to be loaded, the folder of what was exported, and the digest."""
    files = model_folder(settings)
    loaded = None
    if files is None:
        loaded = load_library_model(settings, None)
        files = model_folder(settings)
        if files is None:
            return loaded, None, ""
    weights = weights_digest(files)
    folder = exported(models, weights)
    if not folder.exists():
        export_apart(settings, folder, weights)
        structlog.get_logger().info("model_exported", model=settings.model, folder=str(folder), refused=refusal(folder))
    return loaded, folder, weights
