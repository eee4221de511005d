"""The export in a process of its own: what torch and the library take in memory goes when it ends."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from kintsugi.errors import AGAIN, TransientError
from kintsugi.settings import EmbeddingSettings


def export_apart(settings: EmbeddingSettings, folder: Path, weights: str) -> None:
    """Do what `export` does; this process doesn't load torch.

    Raises:
        ConfigurationError: the model can't be loaded.
        TransientError: as `export`, or the process was killed.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        try:
            pool.submit(_export, settings, folder, weights).result()
        except BrokenProcessPool as error:
            raise TransientError(
                f"embedding model {settings.model!r}: the process that made its form for onnxruntime was killed",
                got="no answer; perhaps there was no memory for it",
                next_step=f"free memory; {AGAIN}",
            ) from error


def _export(settings: EmbeddingSettings, folder: Path, weights: str) -> None:
    from kintsugi.embedding.export import export
    from kintsugi.embedding.library import load_library_model
    from kintsugi.embedding.weights import model_folder

    export(settings, load_library_model(settings, model_folder(settings)), folder, weights)
