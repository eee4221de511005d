"""The model in the platform's model server, asked over its socket."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from kintsugi.embedding.fingerprint import computed_by
from kintsugi.errors import AGAIN, ConfigurationError, FingerprintMismatch, TransientError
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

TIMEOUT = httpx.Timeout(600.0, connect=5.0)
"""Seconds: a batch of long texts takes its time on two cores, and the first one waits for the model to load."""

TEXTS_PER_REQUEST = 512

FINGERPRINT_HEADER = "x-kintsugi-fingerprint"
"""Says in each answer whose vectors they are: a server that is started again may have others."""


class RemoteEmbedder:
    """An `Embedder` that asks the model server. Loads no model and imports none.

    Args:
        socket: the server's Unix socket.
        settings: the model that is expected there.
    """

    def __init__(self, socket: Path, settings: EmbeddingSettings) -> None:
        self._socket = socket
        self._settings = settings
        transport = httpx.HTTPTransport(uds=str(socket))
        self._client = httpx.Client(transport=transport, base_url="http://embedder", timeout=TIMEOUT)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The identity of the server's vectors; asked once.

        Raises:
            ConfigurationError: the server was started with other settings.
            TransientError: the server doesn't answer.
        """
        fingerprint = Fingerprint.model_validate(self._post("/fingerprint", {}).json())
        there = fingerprint.model, fingerprint.revision, fingerprint.prefix
        here = self._settings.model, self._settings.revision, self._settings.query_prefix
        if there != here or not computed_by(fingerprint, self._settings.backend):
            raise ConfigurationError(
                f"model server {self._socket}: it has another model than the settings say",
                expected=f"model, revision, prefix {here}, backend {self._settings.backend!r}",
                got=f"{there}, backend {fingerprint.backend!r}",
                next_step="`kintsugi down`, then `kintsugi up`: the server reads the settings when it starts",
            )
        return fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text.

        Raises:
            TransientError: the server doesn't answer, or is busy loading.
            FingerprintMismatch: the server was started again with another model or backend.
        """
        return self._vectors("/embed", texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question.

        Raises:
            TransientError: the server doesn't answer, or is busy loading.
            FingerprintMismatch: the server was started again with another model or backend.
        """
        return self._vectors("/embed_queries", queries)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _vectors(self, path: str, texts: Sequence[str]) -> Floats:
        parts = []
        for first in range(0, len(texts), TEXTS_PER_REQUEST):
            answer = self._post(path, {"texts": list(texts[first : first + TEXTS_PER_REQUEST])})
            self._require_own(answer.headers.get(FINGERPRINT_HEADER))
            parts.append(answer.content)
        return np.frombuffer(b"".join(parts), dtype="<f4").reshape(len(texts), self.fingerprint.dimension)

    def _require_own(self, made_by: str | None) -> None:
        if made_by != self.fingerprint.id:
            raise FingerprintMismatch(
                f"model server {self._socket}: it was started again, with another model or backend",
                expected=f"vectors of fingerprint {self.fingerprint.id}",
                got=made_by or "vectors of none",
                next_step=f"{AGAIN}: another embedding gets a generation of its own",
            )

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            answer = self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise TransientError(
                f"model server {self._socket}: no answer to {path}",
                got=f"{type(error).__name__}: {error}",
                next_step="try again in a moment; `kintsugi status` and `kintsugi logs embedder` say how the server is",
            ) from error
        if answer.status_code == 200:
            return answer
        kind = ConfigurationError if answer.status_code == 422 else TransientError
        raise kind(f"model server {self._socket}: {path} answered {answer.status_code}", got=answer.text[:500])
