"""Second step of a publish: every chunk that the index should show has a vector."""

from collections.abc import Callable
from dataclasses import dataclass

from kintsugi.embedding.cache import cached_vectors
from kintsugi.index.current import IdRange, at_most, changed_documents, chunks_of, in_groups
from kintsugi.platform import Platform

CHUNKS_TO_EMBED_AT_ONCE = 1024


@dataclass(frozen=True)
class EmbedOutcome:
    """How many texts the model embedded, and how many vectors were there already."""

    embedded: int = 0
    reused: int = 0


def embed(platform: Platform, since: float, batch: IdRange, alive: Callable[[], None] = lambda: None) -> EmbedOutcome:
    """Embed the texts of the changed documents in this range that have no vector yet, and keep the vectors.

    A text is embedded once; what a killed run has embedded stays. ``alive`` is called now and then.

    Raises:
        TransientError: the model or the store can't be reached now.
    """
    embedded = reused = 0
    changed = changed_documents(platform.records, since, batch)
    chunks = (chunk for group in in_groups(changed) for chunk in chunks_of(platform.records, group))
    for some in at_most(chunks, CHUNKS_TO_EMBED_AT_ONCE):
        outcome = cached_vectors(platform.records, platform.embedder, some)
        embedded, reused = embedded + outcome.embedded, reused + outcome.reused
        alive()
    return EmbedOutcome(embedded, reused)
