"""Which chunks a generation lacks, seen from the truth."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from kintsugi.index.digest import drift
from kintsugi.index.refused import refused_ids
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation
from kintsugi.stores.records import RecordStore

T = TypeVar("T")

BATCH = 500


def missing_ids(platform: Platform, generation: Generation) -> set[str]:
    """Return the ids of live, published chunks that the index lacks. Its size grows with the drift."""
    suspects = sorted(drift(platform, generation).missing)
    return {chunk.id for chunk in published(platform.records, generation, suspects)}


def published(records: RecordStore, generation: Generation, ids: Iterable[str]) -> Iterator[Chunk]:
    """Yield those of the chunks that the generation should hold: live ones of living documents.

    What changed after the generation's watermark has not been published yet, and what the index refused is held in
    quarantine: neither's absence is a fault.
    """
    for batch in batches(ids):
        chunks = records.get_many(Chunk, batch)
        documents = records.get_many(Document, {chunk.document for chunk in chunks.values()})
        refused = refused_ids(records, chunks.values())
        for id in batch:
            chunk = chunks.get(id)
            document = documents.get(chunk.document) if chunk and id not in refused else None
            if chunk and document and is_published(document, generation) and is_current(chunk, document):
                yield chunk


def is_published(document: Document, generation: Generation) -> bool:
    """Return whether the generation should show the document as it is now."""
    return document.deleted_at is None and document.changed_at < generation.watermark


def is_current(chunk: Chunk, document: Document) -> bool:
    """Return whether the chunk belongs to the document as its head says it is.

    An ingest writes chunks before heads: for a moment there are live chunks of a version that is not current yet.
    """
    return chunk.live and chunk.document_version == document.current


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut an iterable into lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
