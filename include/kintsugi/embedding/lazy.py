"""The model in this process, loaded when the first text comes."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi.embedding.fingerprint import remember, remembered
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

if TYPE_CHECKING:
    from kintsugi.embedding.model import SentenceTransformerEmbedder


class LazyEmbedder:
    """An `Embedder` that loads the model for the first text, which takes seconds, and knows its fingerprint before.

    The fingerprint comes from the memory of an earlier load of the very same files; loading computes it anew.

    Args:
        settings: which model.
        memory: the folder where fingerprints are remembered.
    """

    def __init__(self, settings: EmbeddingSettings, memory: Path) -> None:
        self._settings = settings
        self._memory = memory
        self._loading = threading.Lock()

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of the vectors."""
        known = None if "_model" in self.__dict__ else remembered(self._memory, self._settings)
        return known or self.model().fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text."""
        return self.model().embed(texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question."""
        return self.model().embed_queries(queries)

    def model(self) -> "SentenceTransformerEmbedder":
        """Return the loaded model.

        Raises:
            ConfigurationError: it can't be loaded.
        """
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> "SentenceTransformerEmbedder":
        from kintsugi.embedding.model import SentenceTransformerEmbedder

        model = SentenceTransformerEmbedder(self._settings)
        remember(self._memory, self._settings, model.fingerprint)
        return model
