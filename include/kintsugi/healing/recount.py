"""The independent recount of an index repair: other paths than the detector's, down to the content of the entries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kintsugi.documents.identity import chunk_digest
from kintsugi.healing.missing import published
from kintsugi.index.judging import batches
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Partition, Repair
from kintsugi.stores.search import IndexEntry
from kintsugi.stores.where import OneOf


@dataclass(frozen=True)
class Recount:
    """The independent look at a repair: whether it holds, in figures, and why not."""

    holds: bool
    numbers: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def recount_entries(platform: Platform, generation: Generation, restored: Iterable[str]) -> Recount:
    """Check restored entries against the truth in three ways that share nothing with the descent into buckets.

    Each restored entry is read back and its digest computed again from what it shows; its documents must be complete
    when the index lists them by document; and no bucket that holds restored entries may count fewer entries than there
    are published chunks. Only what is published counts: an ingest in progress (or one that was killed) has chunks in
    the truth whose document does not know of them yet. What does not hold is looked at once more, because a document
    may be published between the look at the truth and the look at the index.
    """
    ids = sorted(set(restored))
    found = _look(platform, generation, ids)
    return found if found.holds else _look(platform, generation, ids)


def recount_partitions(platform: Platform, source: str, lines: Iterable[Repair], action: str) -> Recount:
    """Read the record of each partition that an action's ledger lines name: all of them have to be committed."""
    keys = [item for line in lines if line.action == action for item in line.items]
    stored = platform.records.get_many(Partition, (Partition.key_of(source, key) for key in keys))
    committed = sum(partition.state == "committed" for partition in stored.values())
    numbers: dict[str, float] = {"partitions": len(keys), "committed": committed}
    reason = f"{len(keys) - committed} of {len(keys)} partitions are not committed" if committed < len(keys) else ""
    return Recount(not reason, numbers, reason)


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


def _look(platform: Platform, generation: Generation, ids: Sequence[str]) -> Recount:
    chunks = {chunk.id: chunk for chunk in published(platform.records, generation, ids)}
    wrong = _wrong_content(platform, generation, chunks)
    odd = _odd_documents(platform, generation, {chunk.document for chunk in chunks.values()})
    short = _short_buckets(platform, generation, {chunk.bucket for chunk in chunks.values()})
    numbers: dict[str, float] = {
        "restored": len(chunks),
        "wrong_content": len(wrong),
        "odd_documents": len(odd),
        "short_buckets": len(short),
    }
    if wrong:
        return Recount(False, numbers, f"{len(wrong)} restored entries differ from the truth, first {wrong[0]}")
    if odd:
        return Recount(False, numbers, f"{len(odd)} documents are not complete in the index, first {odd[0]}")
    if short:
        return Recount(False, numbers, f"{len(short)} buckets hold too few entries, first {short[0]}")
    return Recount(True, numbers)


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
        chunks = platform.records.scan(Chunk, {"document": OneOf(tuple(batch)), "live": True})
        wanted = list(published(platform.records, generation, [chunk.id for chunk in chunks]))
        shown = platform.index.of_documents(generation.id, batch)
        odd += sorted({chunk.document for chunk in wanted if chunk.id not in shown})
    return odd


def _short_buckets(platform: Platform, generation: Generation, buckets: set[int]) -> list[int]:
    wanted: Counter[int] = Counter()
    for batch in batches(sorted(buckets), 100):
        chunks = platform.records.scan(Chunk, {"bucket": OneOf(tuple(batch)), "live": True})
        wanted.update(chunk.bucket for chunk in published(platform.records, generation, (chunk.id for chunk in chunks)))
    shown = platform.index.digests(generation.id)
    return sorted(bucket for bucket, count in wanted.items() if bucket not in shown or shown[bucket].count < count)
