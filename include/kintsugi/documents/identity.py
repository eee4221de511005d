"""Content-keyed ids: the same content has the same id in every run and on every machine."""

import hashlib
import json
from typing import Any

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
