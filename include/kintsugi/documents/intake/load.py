"""Stage 3: a validated shard becomes documents, versions and chunks; what is stored already is not written again."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from kintsugi.documents.intake.begun import begun, is_begun
from kintsugi.documents.intake.claim import recorded, require_owner, same_run
from kintsugi.documents.intake.outcome import Loaded
from kintsugi.documents.intake.records_of import DocumentRecords, records_of
from kintsugi.documents.intake.refuse import settle
from kintsugi.documents.intake.staging import count_documents, header_of, original_path, read_documents
from kintsugi.documents.tokens import Tokens, model_tokens
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion, Record, RunRef

_BATCH_DOCUMENTS = 50
_BATCH_CHARACTERS = 2_000_000


def load(platform: Platform, shard: str, run: RunRef) -> Loaded:
    """Write what a validated shard changes, in batches of documents.

    The order within a batch is versions, heads of documents whose chunks change as `begun`, chunks (new ones live, old
    ones dead), quarantine, documents: a document whose head has a digest has all that belongs to it, and one that a
    kill left behind differs from its source, whatever that says by then, and is written or buried by the next run.

    Raises:
        StaleEpochError: another run has claimed the partition.
    """
    path = Path(shard)
    header = header_of(path.parent)
    with recorded(platform, header.source, header.partition, run, header.epoch):
        loading = _Loading(platform, header.source, header.partition, run, model_tokens(platform.settings.embedding))
        for batch in _batches(read_documents(path)):
            require_owner(platform.records, header.source, header.partition, run, header.epoch)
            loading.take(batch)
        counts = loading.counts
        loaded = Loaded(
            shard=shard,
            staged=counts["staged"],
            refused=count_documents(original_path(path)) - counts["staged"],
            written=counts["written"],
            unchanged=counts["unchanged"],
            chunks_written=counts["chunks_written"],
            chunks_removed=counts["chunks_removed"],
        )
        structlog.get_logger().info(
            "shard.loaded", source=header.source, partition=header.partition, run=str(run), **loaded.to_dict()
        )
        return loaded


class _Loading:
    """One run of `load`: writes batches and counts."""

    def __init__(self, platform: Platform, source: str, partition: str, run: RunRef, tokens: Tokens) -> None:
        self.counts: Counter[str] = Counter()
        self._records = platform.records
        self._source = source
        self._partition = partition
        self._run = run
        self._tokens = tokens
        self._max_tokens = platform.settings.chunks.max_tokens

    def take(self, batch: list[dict[str, Any]]) -> None:
        """Write what these staged documents change."""
        known = self._records.get_many(Document, [staged["id"] for staged in batch])
        versions: list[Record] = []
        chunks: list[Record] = []
        heads: list[Record] = []
        documents: list[Document] = []
        now = self._records.now()
        for staged in batch:
            new = records_of(staged, self._source, self._partition, self._run, now, self._tokens, self._max_tokens)
            changed, removed = self._chunk_changes(new)
            before = known.get(new.document.id)
            document = head_after(before, new.document, changed_chunks=bool(changed or removed))
            written = document is not before
            if before is None or before.current != new.version.id:
                versions.append(new.version)
            chunks += [*changed, *removed]
            if (changed or removed) and not is_begun(before):
                heads.append(begun(before, new.document))
            if written:
                documents.append(document)
            counted = written or same_run(document.run, self._run)
            self.counts["written" if counted else "unchanged"] += 1
            self.counts["chunks_written"] += len(changed)
            self.counts["chunks_removed"] += len(removed)
        self.counts["staged"] += len(batch)
        self._store_parts(versions, heads, chunks)
        for staged in batch:
            settle(self._records, staged["id"], staged["refused"], self._run, gone=False)
        stored_at = self._records.now()
        self._records.put(each.but(changed_at=stored_at) if each.changed_at == now else each for each in documents)

    def _store_parts(self, versions: list[Record], heads: list[Record], chunks: list[Record]) -> None:
        stored = self._records.get_many(DocumentVersion, [each.id for each in versions])
        self._records.put(each for each in versions if each.id not in stored)
        self._records.put(heads)
        self._records.put(chunks)

    def _chunk_changes(self, new: DocumentRecords) -> tuple[list[Chunk], list[Chunk]]:
        old = {each.id: each for each in self._records.scan(Chunk, {"document": new.document.id})}
        changed = [each for each in new.chunks if not _equal(old.get(each.id), each)]
        current = {each.id for each in new.chunks}
        removed = [each.but(live=False, run=self._run) for each in old.values() if each.live and each.id not in current]
        return changed, removed


def head_after(before: Document | None, new: Document, *, changed_chunks: bool) -> Document:
    """Return the head to store: ``before`` itself when nothing differs.

    ``changed_at`` moves only when there is something to publish: chunks that changed, or a document that is new, back,
    or shown in another way.
    """
    if before is None or before.deleted_at is not None:
        return new
    if not changed_chunks and _equal(before, new.but(changed_at=before.changed_at)):
        return before
    shown = changed_chunks or (before.current, before.title, before.labels) != (new.current, new.title, new.labels)
    return new if shown else new.but(changed_at=before.changed_at)


def _equal(one: Document | Chunk | None, other: Document | Chunk) -> bool:
    return one is not None and one.model_copy(update={"version": other.version, "run": other.run}) == other


def _batches(documents: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    characters = 0
    for each in documents:
        batch.append(each)
        characters += len(each["text"])
        if len(batch) >= _BATCH_DOCUMENTS or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
