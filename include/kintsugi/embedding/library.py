"""The model as its own library loads it: sentence-transformers, on torch."""

import logging
from pathlib import Path
from typing import Any

from kintsugi.embedding.memory import lacked_memory
from kintsugi.errors import AGAIN, ConfigurationError, TransientError
from kintsugi.settings import EmbeddingSettings


def load_library_model(settings: EmbeddingSettings, folder: Path | None) -> Any:
    """Return the sentence-transformers model, loaded without progress bars and chatter; takes seconds.

    Args:
        settings: which model, and on which device.
        folder: where its files lie; a folder never asks the network.

    Raises:
        ConfigurationError: there is no such model on this machine or hub, or its files are damaged.
        TransientError: there is no memory for it.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as chatter

    disable_progress_bars()
    chatter.disable_progress_bar()
    chatter.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    on_disk = settings.model == "bundled" or Path(settings.model).expanduser().is_dir()
    try:
        return SentenceTransformer(
            str(folder) if on_disk else settings.model,
            device=settings.device,
            revision=settings.revision or None,
            local_files_only=on_disk,
        )
    except (OSError, ValueError, RuntimeError, KeyError, AssertionError, SafetensorError, HFValidationError) as error:
        if lacked_memory(error):
            raise TransientError(
                f"embedding model {settings.model!r}: no memory to load it",
                got=f"{type(error).__name__}: {str(error).strip()[:300]}",
                next_step=f"free memory; {AGAIN}",
            ) from error
        raise ConfigurationError(
            f"embedding model {settings.model!r}: cannot be loaded",
            expected="'bundled', the folder of a sentence-transformers model, or the name of one on the hub",
            got=f"{type(error).__name__}: {str(error).strip()[:300]}",
            next_step="correct embedding.model in kintsugi.toml; offline, only 'bundled' and models on disk work",
        ) from error
