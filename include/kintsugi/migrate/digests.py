"""What two record stores are compared by: count and digest of each collection, the same in every engine."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from kintsugi.records import Record
from kintsugi.stores.records import R, RecordStore

MARGIN = 86_400.0
"""Seconds that a migration may take before what it copied expires meanwhile."""


@dataclass(frozen=True)
class CollectionDigest:
    """How many records a collection has, and the sum of their SHA-256, modulo 2²⁵⁶, in hexadecimal.

    A sum, since engines may order ids in their own way; versions are left out, since they count writes to one store.
    """

    records: int
    sha256: str


def body_of(record: Record) -> bytes:
    """Return a record's canonical form: everything but its version, as JSON with sorted keys."""
    values = record.model_dump(mode="json", exclude={"version"})
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def lasting(store: RecordStore, kind: type[R], at: float) -> Iterator[R]:
    """Yield a collection's records without those that an engine may drop by itself, or soon may (`Record.expires`).

    Args:
        at: the time to judge it by, seconds since the epoch; the same for both stores.
    """
    for record in store.scan(kind):
        if kind.expires is None or getattr(record, kind.expires[0]) + kind.expires[1] > at + MARGIN:
            yield record


def digest_of(store: RecordStore, kind: type[Record], at: float) -> CollectionDigest:
    """Read a whole collection, in pages, and return the digest of what lasts in it."""
    count = total = 0
    for record in lasting(store, kind, at):
        count += 1
        total += int.from_bytes(hashlib.sha256(body_of(record)).digest())
    return CollectionDigest(count, f"{total % 2**256:064x}")
