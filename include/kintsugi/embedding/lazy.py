"""The model in this process, loaded when the first text comes."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi.embedding.fingerprint import all_remembered, remember, remembered
from kintsugi.errors import AGAIN, FingerprintMismatch
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

if TYPE_CHECKING:
    from kintsugi.embedding.model import SentenceTransformerEmbedder
    from kintsugi.embedding.onnx_model import OnnxEmbedder


class LazyEmbedder:
    """An `Embedder` that loads the model for the first text, which takes seconds, and knows its fingerprint before.

    The fingerprint comes from the memory of an earlier load of the very same files; loading computes it anew, and
    refuses to go on where it is another one than was said before.

    Args:
        settings: which model.
        memory: the folder where fingerprints are remembered.
        models: the folder where exported models are kept.
    """

    def __init__(self, settings: EmbeddingSettings, memory: Path, models: Path) -> None:
        self._settings = settings
        self._memory = memory
        self._models = models
        self._said: Fingerprint | None = None
        self._loading = threading.Lock()

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of the vectors."""
        if "_model" not in self.__dict__ and (known := remembered(self._memory, self._settings)):
            self._said = known
            return known
        return self.model().fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text."""
        return self.model().embed(texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question."""
        return self.model().embed_queries(queries)

    def model(self) -> "OnnxEmbedder | SentenceTransformerEmbedder":
        """Return the loaded model.

        Raises:
            ConfigurationError: it can't be loaded.
            FingerprintMismatch: it makes other vectors than when it was last loaded here; the next call goes on.
        """
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> "OnnxEmbedder | SentenceTransformerEmbedder":
        from kintsugi.embedding.backend import load_embedder

        model = load_embedder(self._settings, self._models, all_remembered(self._memory))
        remember(self._memory, self._settings, model.fingerprint)
        said, self._said = self._said, None
        if said is not None and said != model.fingerprint:
            raise FingerprintMismatch(
                f"embedding model {self._settings.model!r}: it makes other vectors than when it was last loaded here",
                expected=f"fingerprint {said.id} ({said.backend})",
                got=f"{model.fingerprint.id} ({model.fingerprint.backend})",
                next_step=f"{AGAIN}: another embedding gets a generation of its own",
            )
        return model
