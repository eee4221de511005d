"""The projection itself: a chunk of the truth and its vector, as the index shows them."""

from kintsugi.documents.identity import heading_path
from kintsugi.records import Chunk
from kintsugi.stores.search import Floats, IndexEntry

MAPPING = 2
"""Counts up when the fields of an entry change their meaning: every chunk then needs a new entry."""


def entry_of(chunk: Chunk, vector: Floats) -> IndexEntry:
    """Return the index entry of a chunk; equal chunk and vector give an equal entry."""
    return IndexEntry(
        id=chunk.id,
        document=chunk.document,
        document_version=chunk.document_version,
        source=chunk.source,
        title=chunk.title,
        heading=heading_path(chunk.heading),
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        labels=chunk.labels,
        bucket=chunk.bucket,
        digest=chunk.digest,
        vector=vector,
    )


def entries_pipeline(documents: str) -> str:
    """Return the name of what, besides the embedding, decides about entries of documents of this pipeline."""
    return f"mapping-{MAPPING}/{documents}"
