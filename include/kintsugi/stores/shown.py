"""What an index may hold and be asked, whichever engine it is."""

import numpy as np

from kintsugi.errors import DataError
from kintsugi.stores.search import Floats, IndexEntry

TEXTS = ("id", "document", "document_version", "source", "title", "heading", "text")

SENSITIVITIES = ("public", "internal", "confidential")
"""From open to closed; an engine holds the position, so that a scope is one comparison."""


def refusal(entry: IndexEntry) -> str | None:
    """Return why no index can hold an entry, or ``None``; the vector's length is another matter."""
    vector = np.asarray(entry.vector, dtype=np.float32)
    if not np.isfinite(vector).all():
        return "the vector has components that are not finite"
    if not vector.any():
        return "the vector is zero and has no direction"
    try:
        for name in TEXTS:
            getattr(entry, name).encode()
        "".join((*entry.labels.access, entry.labels.region)).encode()
    except UnicodeEncodeError as error:
        return f"text that can't be written as UTF-8: {error.reason} at {error.start}"
    return None


def with_direction(vector: Floats, what: str) -> Floats:
    """Return a question's vector; ``what`` names the search in the error.

    Raises:
        DataError: it is zero, or has components that aren't finite.
    """
    if not (np.isfinite(vector).all() and vector.any()):
        raise DataError(
            what,
            expected="a vector with a direction",
            got="zeros, or components that are not finite",
            next_step="look at what the embedder made of the question",
        ).named("vector")
    return vector
