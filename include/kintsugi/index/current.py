"""What the index should show of documents, read from the truth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kintsugi.index.generations import serving
from kintsugi.records import Chunk, Document, Generation
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast, OneOf

OVERLAP = 120.0
"""Seconds before a watermark that are looked at again: a document's time is taken shortly before it is stored."""

DOCUMENTS_AT_ONCE = 500
CHUNKS_AT_ONCE = 512
"""Either ends a group, which becomes one commit of an index: many small ones cost it time and memory."""


@dataclass(frozen=True)
class IdRange:
    """Documents with ``after < id ≤ last``: a share of the work that stays small however many documents it holds."""

    after: str
    last: str


def changed_documents(records: RecordStore, since: float, within: IdRange | None = None) -> Iterator[Document]:
    """Yield documents, deleted ones too, that changed at ``since`` (store time) or later, in id order."""
    after = within.after if within else ""
    for document in records.scan(Document, {"changed_at": AtLeast(since)}, after=after):
        if within and document.id > within.last:
            return
        yield document


def unpublished(records: RecordStore, generation: Generation | None = None) -> int:
    """Return how many documents changed since the watermark of a generation, the serving one where none is given.

    All of them, where none is serving yet.
    """
    generation = generation or serving(records)
    return records.count(Document, {"changed_at": AtLeast(generation.watermark)} if generation else None)


def in_batches(ids: Iterable[str], size: int, most: int) -> list[IdRange]:
    """Cut ids, which come sorted, into ranges of ``size``; above ``most`` ranges, two neighbours become one each time.

    Memory stays flat however many ids there are.
    """
    ranges: list[IdRange] = []
    after = last = ""
    count = 0
    for last in ids:
        count += 1
        if count == size:
            ranges.append(IdRange(after, last))
            after, count = last, 0
            if len(ranges) == most:
                ranges = [IdRange(one.after, two.last) for one, two in zip(ranges[::2], ranges[1::2], strict=True)]
                size *= 2
    return [*ranges, IdRange(after, last)] if count else ranges


def in_groups(documents: Iterator[Document]) -> Iterator[list[Document]]:
    """Cut a stream of documents into groups whose chunks fit in memory.

    A document of very many chunks is a group for itself, and `chunks_of` streams.
    """
    rest = iter(documents)
    group: list[Document] = []
    chunks = 0
    for document in rest:
        if group and (len(group) >= DOCUMENTS_AT_ONCE or chunks + document.chunks > CHUNKS_AT_ONCE):
            yield group
            group, chunks = [], 0
        group.append(document)
        chunks += document.chunks
    if group:
        yield group


def chunks_of(records: RecordStore, documents: Sequence[Document]) -> Iterator[Chunk]:
    """Yield the chunks that the index should show of these documents: live, and of the version that is current."""
    current = {document.id: document.current for document in documents if document.deleted_at is None}
    if current:
        for chunk in records.scan(Chunk, {"document": OneOf(tuple(current)), "live": True}):
            if chunk.document_version == current[chunk.document]:
                yield chunk


def at_most(chunks: Iterator[Chunk], size: int = CHUNKS_AT_ONCE) -> Iterator[list[Chunk]]:
    """Cut a stream of chunks into lists of at most ``size``."""
    while batch := list(islice(chunks, size)):
        yield batch
