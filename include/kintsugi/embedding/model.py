"""The model on torch: a sentence-transformers model behind the port `Embedder`."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from kintsugi.embedding.batches import TOKENS_PER_TEXT, by_length
from kintsugi.embedding.encodable import encodable
from kintsugi.embedding.fingerprint import CANARIES, fingerprint_of, torch_backend
from kintsugi.embedding.library import load_library_model
from kintsugi.embedding.weights import model_folder, weights_digest
from kintsugi.errors import TransientError
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats


class SentenceTransformerEmbedder:
    """Embeds with the model that the settings name; loading it takes seconds, and happens on construction.

    Args:
        settings: which model.
        loaded: the library's model, where it is loaded already.

    Raises:
        ConfigurationError: there is no such model on this machine or hub, or its files are damaged.
    """

    def __init__(self, settings: EmbeddingSettings, loaded: Any = None) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        folder = model_folder(settings)
        self._model: Any = load_library_model(settings, folder) if loaded is None else loaded
        self._budget = settings.batch_size * TOKENS_PER_TEXT
        folder = folder or model_folder(settings)
        self._fingerprint = fingerprint_of(
            settings,
            backend=torch_backend(),
            weights=weights_digest(folder) if folder else "",
            vectors=self.embed(CANARIES),
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
        clean = [encodable(text) for text in texts]
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
