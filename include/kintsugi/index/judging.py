"""What is wrong with an entry, judged from the truth: missing, stale, orphaned, or nothing at all.

Not every difference is a fault. A document that changed since the generation's watermark has not been published yet; a
document whose chunks are written and whose head is not is being written; an entry that the index refused is held in
quarantine; a document that the generation shows with its present text, cut as the generation's own settings say, waits
to be ingested again. All of them are left alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar, get_args

from kintsugi.index.current import chunks_of
from kintsugi.index.cuts import beyond_truth, only_cut_otherwise
from kintsugi.index.digest import compare, descend
from kintsugi.index.project import entries_pipeline
from kintsugi.index.refused import refused_ids
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation
from kintsugi.stores.records import RecordStore

Kind = Literal["missing", "stale", "orphaned"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BATCH = 500

T = TypeVar("T")


@dataclass(frozen=True)
class Judged:
    """The ids that are wrong, with how, and the live chunks among them."""

    wrong: Mapping[str, Kind]
    chunks: Mapping[str, Chunk]

    def of(self, *kinds: Kind) -> list[str]:
        """Return the ids that are wrong in one of these ways, sorted."""
        return sorted(id for id, kind in self.wrong.items() if kind in kinds)


def judge(
    platform: Platform, generation: Generation, ids: Collection[str], *, touched: Collection[str] = frozenset()
) -> Judged:
    """Read these ids on both sides, with their documents, and say which are wrong now.

    Args:
        platform: the wired platform.
        generation: its watermark says what has been published.
        ids: of chunks or entries; a few hundred.
        touched: ids that the caller has written itself. Those have to show what the truth says whether it has been
            published or not: a publisher that was faster has moved on and does not look at them again.
    """
    chunks = platform.records.get_many(Chunk, ids)
    entries = {entry.id: (entry.document, entry.digest) for entry in platform.index.entries(generation.id, ids)}
    owners = {id: chunk.document for id, chunk in chunks.items()} | {id: entries[id][0] for id in entries}
    documents = platform.records.get_many(Document, set(owners.values()))
    held = refused_ids(platform.records, chunks.values())
    left_alone = _unfinished(platform.records, [chunks[id] for id in entries if id in chunks], documents)
    left_alone |= _cut_otherwise(platform, generation, list(documents.values()))
    wrong: dict[str, Kind] = {}
    for id, owner in owners.items():
        document = documents.get(owner)
        if document and (
            document.id in left_alone or (id not in touched and document.changed_at >= generation.watermark)
        ):
            continue
        kind = verdict(chunks.get(id), document, entries[id][1] if id in entries else None)
        if kind and not (id in held and kind != "orphaned"):
            wrong[id] = kind
    return Judged(wrong, chunks)


def wrong_in(
    platform: Platform, generation: Generation, differing: Mapping[int, int] | None = None
) -> Iterator[tuple[Kind, str]]:
    """Yield every entry that is wrong now; ids are read only in buckets that differ.

    Args:
        platform: the wired platform.
        generation: what is looked at.
        differing: these buckets only, with their counts; those that differ now where it isn't given.

    Raises:
        StoreUnavailable: a store can't be read, or the generation has no index.
    """
    for found in descend(
        platform, generation, compare(platform, generation).differing if differing is None else differing
    ):
        for page in batches(sorted(found.missing | found.stale | found.orphaned)):
            for id, kind in judge(platform, generation, page).wrong.items():
                yield kind, id


def verdict(chunk: Chunk | None, document: Document | None, shown: int | None) -> Kind | None:
    """Decide what is wrong with one id. Pure.

    Args:
        chunk: as the truth has it.
        document: the one that the chunk, or the entry, belongs to.
        shown: the digest that the index shows; ``None`` where it has no such entry.
    """
    if chunk is None or not chunk.live or (document is not None and document.deleted_at is not None):
        return "orphaned" if shown is not None else None
    if document is None or not is_current(chunk, document):
        return None
    if shown is None:
        return "missing"
    return "stale" if shown != chunk.digest else None


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


def _cut_otherwise(platform: Platform, generation: Generation, documents: Sequence[Document]) -> set[str]:
    """Return the documents that were cut with other settings than the generation's and are shown in its own way.

    Publishing leaves them as they are, see `kintsugi.index.write.write`.
    """
    other = [
        each for each in documents if each.deleted_at is None and entries_pipeline(each.pipeline) != generation.pipeline
    ]
    return only_cut_otherwise(beyond_truth(platform, generation, other), other) if other else set()


def _unfinished(records: RecordStore, shown: Iterable[Chunk], documents: Mapping[str, Document]) -> set[str]:
    """Return the documents of which an ingest has buried chunks before it wrote the head that goes without them.

    Such a chunk is dead and of the version that is still current, and the document has fewer live chunks of it than
    its head says.
    """
    suspicious = {
        document.id: document
        for chunk in shown
        if not chunk.live
        and (document := documents.get(chunk.document))
        and document.deleted_at is None
        and chunk.document_version == document.current
    }
    return {id for id, head in suspicious.items() if sum(1 for _ in chunks_of(records, [head])) < head.chunks}
