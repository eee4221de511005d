"""Which chunks a generation lacks, seen from the truth."""

from collections.abc import Iterable, Iterator

from kintsugi.index.judging import batches, is_current, is_published, wrong_in
from kintsugi.index.refused import refused_ids
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation
from kintsugi.stores.records import RecordStore


def missing_ids(platform: Platform, generation: Generation) -> set[str]:
    """Return the ids of live, published chunks that the index lacks. Its size grows with the drift."""
    return {id for kind, id in wrong_in(platform, generation) if kind == "missing"}


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
