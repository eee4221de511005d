"""The independent recount of an index repair: other paths than the detector's, down to the content of the entries."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kintsugi.documents.identity import chunk_digest
from kintsugi.healing.missing import batches, is_current, is_published
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation
from kintsugi.stores.search import IndexEntry
from kintsugi.stores.where import AtLeast, OneOf


@dataclass(frozen=True)
class Recount:
    """The independent look at a repair: whether it holds, in figures, and why not."""

    holds: bool
    numbers: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def recount_entries(platform: Platform, generation: Generation, restored: Iterable[str]) -> Recount:
    """Check restored entries against the truth in three ways that share nothing with the descent into buckets.

    Each restored entry is read back and its digest computed again from what it shows; its documents must be complete
    when the index lists them by document; and totals must agree, of the whole and (digest sums) of the buckets that
    hold restored entries, but for what is not published yet and what the index holds too much.
    """
    ids = sorted(set(restored))
    chunks = {chunk.id: chunk for batch in batches(ids) for chunk in _live(platform, batch)}
    wrong = _wrong_content(platform, generation, chunks)
    odd = _odd_documents(platform, generation, {chunk.document for chunk in chunks.values()})
    live = platform.records.count(Chunk, {"live": True})
    indexed = platform.index.count(generation.id)
    unpublished = _unpublished_chunks(platform, generation)
    numbers: dict[str, float] = {
        "restored": len(chunks),
        "wrong_content": len(wrong),
        "odd_documents": len(odd),
        "live": live,
        "indexed": indexed,
        "unpublished": unpublished,
    }
    if wrong:
        return Recount(False, numbers, f"{len(wrong)} restored entries differ from the truth, first {wrong[0]}")
    if odd:
        return Recount(False, numbers, f"{len(odd)} documents are not complete in the index, first {odd[0]}")
    if indexed + unpublished < live:
        return Recount(False, numbers, f"the index holds {indexed} entries for {live} live chunks")
    uneven = [] if unpublished else _uneven_buckets(platform, generation, {chunk.bucket for chunk in chunks.values()})
    if uneven:
        return Recount(False, numbers, f"the digest sums of {len(uneven)} buckets differ, first {uneven[0]}")
    return Recount(True, numbers)


def shown_digest(entry: IndexEntry) -> int:
    """Return the digest of what an entry shows, computed from its content, whatever its digest field claims."""
    return chunk_digest(
        id=entry.id,
        document=entry.document,
        document_version=entry.document_version,
        source=entry.source,
        title=entry.title,
        heading=entry.heading.split(" › ") if entry.heading else (),
        text=entry.text,
        start=entry.start,
        end=entry.end,
        labels=entry.labels,
    )


def _live(platform: Platform, ids: Iterable[str]) -> list[Chunk]:
    return [chunk for chunk in platform.records.get_many(Chunk, ids).values() if chunk.live]


def _wrong_content(platform: Platform, generation: Generation, chunks: dict[str, Chunk]) -> list[str]:
    wrong = set(chunks)
    for batch in batches(sorted(chunks)):
        for entry in platform.index.entries(generation.id, batch):
            if shown_digest(entry) == entry.digest == chunks[entry.id].digest:
                wrong.discard(entry.id)
    return sorted(wrong)


def _odd_documents(platform: Platform, generation: Generation, documents: set[str]) -> list[str]:
    odd = []
    for batch in batches(sorted(documents), 100):
        heads = platform.records.get_many(Document, batch)
        steady = [id for id in batch if id in heads and is_published(heads[id], generation)]
        chunks = platform.records.scan(Chunk, {"document": OneOf(tuple(steady)), "live": True})
        wanted = [chunk for chunk in chunks if is_current(chunk, heads[chunk.document])]
        shown = platform.index.of_documents(generation.id, steady)
        odd += sorted({chunk.document for chunk in wanted if chunk.id not in shown})
    return odd


def _uneven_buckets(platform: Platform, generation: Generation, buckets: set[int]) -> list[int]:
    truth, shown = platform.records.digests(), platform.index.digests(generation.id)
    return sorted(
        bucket
        for bucket in buckets & truth.keys()
        if truth[bucket] != shown.get(bucket) and (bucket not in shown or shown[bucket].count <= truth[bucket].count)
    )


def _unpublished_chunks(platform: Platform, generation: Generation) -> int:
    changed = platform.records.scan(Document, {"changed_at": AtLeast(generation.watermark)})
    return sum(document.chunks for document in changed if document.deleted_at is None)
