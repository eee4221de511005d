"""Documents, their versions, their chunks and the chunks' vectors."""

from typing import ClassVar, Self

from kintsugi.records.base import Record
from kintsugi.records.provenance import Labels, RunRef


class Document(Record):
    """The head of a document: what is current. ``id`` is a hash of (source, external id).

    Attributes:
        partition: the partition of the source that delivered it last.
        raw_digest: digest of the source's bytes; equal bytes are not parsed again. "" while its chunks are being
            changed, and of a tombstone.
        taken_as: digest of what else decides about it: what the source says of it, and the policy for sensitive text.
        pipeline: parser and chunker that made the current chunks; another one makes them again.
        current: id of the current `DocumentVersion`.
        changed_at: store time of the last change, seconds since the epoch; publishing works from it.
        deleted_at: set when the source no longer has it (a tombstone); ``None`` while it lives.
    """

    collection: ClassVar[str] = "documents"
    indexed: ClassVar[tuple[str, ...]] = ("source", "partition", "changed_at", "deleted_at")

    source: str
    external_id: str
    partition: str
    title: str
    media_type: str
    raw_digest: str
    pipeline: str
    taken_as: str = ""
    current: str
    chunks: int
    labels: Labels = Labels()
    metadata: dict[str, str] = {}
    run: RunRef
    changed_at: float
    deleted_at: float | None = None


class DocumentVersion(Record):
    """The parsed text of one version, kept so that offsets resolve. ``id`` is a hash of (document, text)."""

    collection: ClassVar[str] = "document_versions"
    indexed: ClassVar[tuple[str, ...]] = ("document",)

    document: str
    text: str
    run: RunRef
    stored_at: float


class Chunk(Record):
    """A passage: ``text`` is exactly ``version.text[start:end]``. ``id`` is a hash of (document, text, occurrence).

    Attributes:
        heading: path of headings above the passage, outermost first.
        text_hash: hash of `embedding_text`; with a fingerprint it names the vector.
        bucket: reconcile bucket, from the id.
        digest: 62-bit digest of everything that the index shows of it; truth and projection are compared by it.
        live: false once it is no longer part of the current version (a tombstone).
    """

    collection: ClassVar[str] = "chunks"
    indexed: ClassVar[tuple[str, ...]] = ("document", "source", "live", "bucket", "text_hash")

    document: str
    document_version: str
    source: str
    title: str
    heading: tuple[str, ...] = ()
    text: str
    start: int
    end: int
    ordinal: int
    text_hash: str
    bucket: int
    digest: int
    labels: Labels = Labels()
    live: bool = True
    run: RunRef

    def embedding_text(self) -> str:
        """Return what the model sees: the path of headings as context, then the passage."""
        return embedding_text(self.title, self.heading, self.text)


class Vector(Record):
    """A cached vector. ``id`` is ``fingerprint:text_hash``; ``values`` is little-endian float32."""

    collection: ClassVar[str] = "vectors"
    indexed: ClassVar[tuple[str, ...]] = ("fingerprint",)

    fingerprint: str
    values: bytes

    @classmethod
    def key(cls, fingerprint: str, text_hash: str) -> str:
        """Return the id of the vector of this text under this fingerprint."""
        return f"{fingerprint}:{text_hash}"

    @classmethod
    def of(cls, fingerprint: str, text_hash: str, values: bytes) -> Self:
        """Return the record for these values."""
        return cls(id=cls.key(fingerprint, text_hash), fingerprint=fingerprint, values=values)


def embedding_text(title: str, heading: tuple[str, ...], text: str) -> str:
    """Return ``title › heading › …`` on a line, then the text; nothing is repeated."""
    path = [part for part in (title, *heading) if part]
    context = " › ".join(part for n, part in enumerate(path) if n == 0 or part != path[n - 1])
    return f"{context}\n{text}" if context else text
