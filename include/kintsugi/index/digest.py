"""Where truth and projection differ, found from digests of buckets: ids are read only where those differ."""

from dataclasses import dataclass

from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation
from kintsugi.stores.where import OneOf

BUCKETS_AT_ONCE = 256


@dataclass(frozen=True)
class Drift:
    """Ids by which a generation differs from the live chunks of the truth.

    What has not been published yet differs too: `kintsugi.healing.missing.published` tells the two apart.

    Attributes:
        missing: live in the truth, not in the index.
        stale: in both, with another content.
        orphaned: in the index, not live in the truth.
    """

    missing: frozenset[str]
    stale: frozenset[str]
    orphaned: frozenset[str]


def drift(platform: Platform, generation: Generation) -> Drift:
    """Compare bucket digests of truth and index and descend only into the buckets that differ.

    Both engines sum up two numbers of every chunk for the digests; ids are read in proportion to the drift.

    Raises:
        StoreUnavailable: a store can't be read, or the generation has no index.
    """
    truth, index = platform.records.digests(), platform.index.digests(generation.id)
    differing = sorted(bucket for bucket in truth.keys() | index.keys() if truth.get(bucket) != index.get(bucket))
    missing: set[str] = set()
    stale: set[str] = set()
    orphaned: set[str] = set()
    for first in range(0, len(differing), BUCKETS_AT_ONCE):
        buckets = tuple(differing[first : first + BUCKETS_AT_ONCE])
        shown = platform.index.of_buckets(generation.id, buckets)
        for chunk in platform.records.scan(Chunk, {"bucket": OneOf(buckets), "live": True}):
            digest = shown.pop(chunk.id, None)
            if digest is None:
                missing.add(chunk.id)
            elif digest != chunk.digest:
                stale.add(chunk.id)
        orphaned |= shown.keys()
    return Drift(frozenset(missing), frozenset(stale), frozenset(orphaned))
