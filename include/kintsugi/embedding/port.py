"""`Embedder`: the port of the model."""

from collections.abc import Sequence
from typing import Protocol

from kintsugi.records import Fingerprint
from kintsugi.stores.search import Floats


class Embedder(Protocol):
    """Turns texts into unit vectors. Implementers are safe to call from several threads of one process."""

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of the vectors that this embedder makes."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, shape (len(texts), dimension), float32, in the order given.

        Raises:
            TransientError: the model can't be reached now.
        """
        ...

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question, shape (len(queries), dimension), with the model's prefix for questions."""
        ...
