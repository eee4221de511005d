"""The model in this process: a sentence-transformers model behind the port `Embedder`."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kintsugi.embedding.batches import TOKENS_PER_TEXT, by_length
from kintsugi.embedding.fingerprint import CANARIES, fingerprint_of
from kintsugi.embedding.weights import model_folder, weights_digest
from kintsugi.errors import ConfigurationError, TransientError
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats


class SentenceTransformerEmbedder:
    """Embeds with the model that the settings name; loading it takes seconds, and happens on construction.

    Raises:
        ConfigurationError: there is no such model on this machine or hub, or its files are damaged.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        folder = model_folder(settings)
        self._model: Any = _load(settings, folder)
        self._budget = settings.batch_size * TOKENS_PER_TEXT
        folder = folder or model_folder(settings)
        self._fingerprint = fingerprint_of(
            settings, weights=weights_digest(folder) if folder else "", vectors=self.embed(CANARIES)
        )

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of the vectors, canaries computed on loading."""
        return self._fingerprint

    @property
    def library_model(self) -> Any:
        """The sentence-transformers model itself, e.g. to measure it alone."""
        return self._model

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, shape (len(texts), dimension), float32; callers from threads take turns."""
        return self._in_batches(self._model.encode_document, texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question, of the same shape, with the query prefix that the settings give."""
        prompt = {"prompt": self._settings.query_prefix} if self._settings.query_prefix else {}
        return self._in_batches(self._model.encode_query, queries, **prompt)

    def _in_batches(self, encode: Any, texts: Sequence[str], **options: str) -> Floats:
        clean = [_encodable(text) for text in texts]
        vectors = np.zeros((len(clean), self._model.get_embedding_dimension()), np.float32)
        with self._turn:
            for batch in by_length(self.lengths(clean), self._budget):
                vectors[batch] = self._encode(encode, [clean[position] for position in batch], **options)
        return vectors

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model reads of each text; what is beyond its window is not counted."""
        tokenizer = getattr(self._model, "tokenizer", None)
        if not callable(tokenizer) or not texts:
            return [len(text) for text in texts]
        window = self._model.max_seq_length
        encoded = tokenizer(
            list(texts),
            truncation=window is not None,
            max_length=window,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        return [len(ids) for ids in encoded["input_ids"]]

    def _encode(self, encode: Any, texts: list[str], **options: str) -> Floats:
        try:
            vectors = encode(
                texts,
                batch_size=len(texts),
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
                **options,
            )
        except (RuntimeError, MemoryError) as error:
            raise TransientError(
                f"embedding model {self._settings.model!r}: {len(texts)} texts could not be embedded",
                got=str(error)[:300],
                next_step="free memory, or lower embedding.batch_size",
            ) from error
        return np.asarray(vectors, dtype=np.float32)


def _load(settings: EmbeddingSettings, folder: Path | None) -> Any:
    """Load without progress bars and chatter; a folder never asks the network."""
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
        raise ConfigurationError(
            f"embedding model {settings.model!r}: cannot be loaded",
            expected="'bundled', the folder of a sentence-transformers model, or the name of one on the hub",
            got=f"{type(error).__name__}: {str(error).strip()[:300]}",
            next_step="correct embedding.model in kintsugi.toml; offline, only 'bundled' and models on disk work",
        ) from error


def _encodable(text: str) -> str:
    """Return the text with lone surrogates replaced: a tokenizer takes valid Unicode only."""
    return text.encode("utf-8", "replace").decode("utf-8")
