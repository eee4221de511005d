"""From a staged document to its records: pure, so that the same document gives the same records in every run."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from kintsugi.documents.chunk import Passage, passages
from kintsugi.documents.identity import bucket_of, chunk_digest, chunk_id, digest, version_id
from kintsugi.documents.parsed import Heading, Parsed
from kintsugi.documents.tokens import Tokens
from kintsugi.records import Chunk, Document, DocumentVersion, Labels, RunRef
from kintsugi.records.document import embedding_text


@dataclass(frozen=True)
class DocumentRecords:
    """Everything that the truth holds of a document."""

    document: Document
    version: DocumentVersion
    chunks: tuple[Chunk, ...]


def records_of(
    staged: dict[str, Any], source: str, partition: str, run: RunRef, now: float, tokens: Tokens, max_tokens: int
) -> DocumentRecords:
    """Return the records of a staged document as of ``now``, store time."""
    identity, text = str(staged["id"]), str(staged["text"])
    headings = tuple(Heading(*each) for each in staged["headings"])
    parsed = Parsed(staged["title"], text, headings, staged["media_type"])
    labels = Labels.model_validate(staged["labels"])
    version = DocumentVersion(id=version_id(identity, text), document=identity, text=text, run=run, stored_at=now)
    occurrences: Counter[str] = Counter()
    chunks = []
    for ordinal, passage in enumerate(passages(parsed, tokens, max_tokens)):
        quoted = text[passage.start : passage.end]
        chunks.append(_chunk(passage, quoted, occurrences[quoted], ordinal, version, source, labels))
        occurrences[quoted] += 1
    document = Document(
        id=identity,
        source=source,
        external_id=staged["external_id"],
        partition=partition,
        title=staged["title"],
        media_type=staged["media_type"],
        raw_digest=staged["raw_digest"],
        pipeline=staged["pipeline"],
        taken_as=staged.get("taken_as", ""),
        current=version.id,
        chunks=len(chunks),
        labels=labels,
        metadata=staged["metadata"],
        run=run,
        changed_at=now,
    )
    return DocumentRecords(document, version, tuple(chunks))


def _chunk(
    passage: Passage, quoted: str, occurrence: int, ordinal: int, version: DocumentVersion, source: str, labels: Labels
) -> Chunk:
    identity = chunk_id(version.document, quoted, occurrence)
    return Chunk(
        id=identity,
        document=version.document,
        document_version=version.id,
        source=source,
        title=passage.title,
        heading=passage.heading,
        text=quoted,
        start=passage.start,
        end=passage.end,
        ordinal=ordinal,
        text_hash=digest(embedding_text(passage.title, passage.heading, quoted)),
        bucket=bucket_of(identity),
        digest=chunk_digest(
            id=identity,
            document=version.document,
            document_version=version.id,
            source=source,
            title=passage.title,
            heading=passage.heading,
            text=quoted,
            start=passage.start,
            end=passage.end,
            labels=labels,
        ),
        labels=labels,
        run=version.run,
    )
