"""Content-keyed ids: the same content has the same id in every run and on every machine."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from kintsugi.records.provenance import Labels

BUCKETS = 4096


def digest(*parts: str | bytes, size: int = 16) -> str:
    """Return a hex BLAKE2b digest of the parts, ``2 * size`` characters; ("a", "bc") and ("ab", "c") differ."""
    hasher = hashlib.blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "little"))
        hasher.update(data)
    return hasher.hexdigest()


def document_id(source: str, external_id: str) -> str:
    """Return the id of a source's document."""
    return digest("document", source, external_id)


def version_id(document: str, text: str) -> str:
    """Return the id of a document's version: the same text is the same version."""
    return digest("version", document, text)


def chunk_id(document: str, text: str, occurrence: int) -> str:
    """Return the id of the ``occurrence``-th (from 0) chunk of the document with this text."""
    return digest("chunk", document, text, str(occurrence))


def bucket_of(chunk: str) -> int:
    """Return the reconcile bucket of a chunk id, ``0 ≤ bucket < BUCKETS``."""
    return int(chunk[:8], 16) % BUCKETS


def entry_digest(**shown: Any) -> int:
    """Return a 62-bit digest of the fields that the index shows, whatever their order."""
    canonical = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(canonical.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 2


def heading_path(heading: Sequence[str]) -> str:
    """Return the headings above a passage as one line, outermost first: ``Setup › Linux``."""
    return " › ".join(part for part in heading if part)


def chunk_digest(
    *,
    id: str,
    document: str,
    document_version: str,
    source: str,
    title: str,
    heading: Sequence[str],
    text: str,
    start: int,
    end: int,
    labels: Labels,
) -> int:
    """Return `Chunk.digest`: everything that the index shows of a chunk except its vector, 62 bits."""
    return entry_digest(
        id=id,
        document=document,
        document_version=document_version,
        source=source,
        title=title,
        heading=heading_path(heading),
        text=text,
        start=start,
        end=end,
        labels=labels.model_dump(mode="json"),
    )
