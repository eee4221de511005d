"""Where truth and projection differ, found from digests of buckets: ids are read only where those differ."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation
from kintsugi.stores.records import BucketDigest

IDS_AT_ONCE = 50_000
"""Ids of one side that a descent holds in memory at most, but for a single bucket that has more."""


@dataclass(frozen=True)
class Drift:
    """Ids by which a generation differs from the live chunks of the truth.

    What has not been published yet differs too: `kintsugi.index.judging` tells the two apart.

    Attributes:
        missing: live in the truth, not in the index.
        stale: in both, with another content.
        orphaned: in the index, not live in the truth.
    """

    missing: frozenset[str]
    stale: frozenset[str]
    orphaned: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.orphaned)


@dataclass(frozen=True)
class Compared:
    """The digests of both sides, bucket by bucket.

    Attributes:
        buckets: how many hold something on either side.
        truth, index: live chunks, and entries.
        differing: the buckets that differ, with the larger of their two counts.
    """

    buckets: int
    truth: int
    index: int
    differing: Mapping[int, int]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; small, since there are 4096 buckets at most."""
        return {**asdict(self), "differing": [list(each) for each in self.differing.items()]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from what `to_dict` returned."""
        return cls(**{**values, "differing": dict(values["differing"])})


def compare(platform: Platform, generation: Generation) -> Compared:
    """Compare the bucket digests of truth and index, which both engines sum up themselves; no row is fetched.

    Raises:
        StoreUnavailable: a store can't be read, or the generation has no index.
    """
    truth, index = platform.records.digests(), platform.index.digests(generation.id)
    nothing = BucketDigest(0, 0, 0)
    both = {bucket: (truth.get(bucket, nothing), index.get(bucket, nothing)) for bucket in truth.keys() | index.keys()}
    return Compared(
        buckets=len(both),
        truth=sum(each.count for each in truth.values()),
        index=sum(each.count for each in index.values()),
        differing={bucket: max(one.count, two.count) for bucket, (one, two) in sorted(both.items()) if one != two},
    )


def descend(platform: Platform, generation: Generation, differing: Mapping[int, int]) -> Iterator[Drift]:
    """Yield what differs in these buckets (with their counts), some buckets at a time.

    The index is asked for several buckets at once, the truth for one after the other: that is what an index on the
    bucket answers in id order.
    """
    for buckets in _groups(differing):
        shown = platform.index.of_buckets(generation.id, buckets)
        missing, stale = set(), set()
        for bucket in buckets:
            for chunk in platform.records.scan(Chunk, {"bucket": bucket, "live": True}):
                digest = shown.pop(chunk.id, None)
                if digest is None:
                    missing.add(chunk.id)
                elif digest != chunk.digest:
                    stale.add(chunk.id)
        if found := Drift(frozenset(missing), frozenset(stale), frozenset(shown)):
            yield found


def _groups(differing: Mapping[int, int]) -> Iterator[list[int]]:
    group: list[int] = []
    ids = 0
    for bucket, count in differing.items():
        if group and ids + count > IDS_AT_ONCE:
            yield group
            group, ids = [], 0
        group.append(bucket)
        ids += count
    if group:
        yield group
