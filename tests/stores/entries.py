"""Builders and comparisons of index entries: name what matters, get a valid rest."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from kintsugi.documents.identity import bucket_of, digest, entry_digest
from kintsugi.records import Labels
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import Floats, IndexEntry, Scope

DIMENSION = 8
EVERYTHING = Scope(principals=None)
SENSITIVITIES = ("public", "internal", "confidential")


def direction(*seed: object, dimension: int = DIMENSION) -> Floats:
    """Return a unit vector that depends on the seed alone."""
    rng = np.random.default_rng(int(digest(*map(str, seed)), 16))
    vector = rng.normal(size=dimension).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def entry(id: str, text: str = "some text", **changes: Any) -> IndexEntry:
    """Return a valid entry; its vector depends on its id and text."""
    values: dict[str, Any] = {
        "id": id,
        "document": f"document of {id}",
        "document_version": "v1",
        "source": "notes",
        "title": "",
        "heading": "",
        "text": text,
        "start": 0,
        "end": len(text),
        "labels": Labels(),
        "bucket": bucket_of(digest(id)),
        "digest": entry_digest(id=id, text=text),
        "vector": direction(id.encode("utf-8", "replace"), text.encode("utf-8", "replace")),
    }
    return IndexEntry(**(values | changes))


def exactly(entry: IndexEntry) -> tuple[Any, ...]:
    """Return all that an entry shows, vectors to the last bit, so that two can be compared."""
    plain = {name: value for name, value in vars(entry).items() if name != "vector"}
    return (*plain.values(), entry.vector.dtype, entry.vector.shape, entry.vector.tobytes())


def recomputed(entries: Iterable[IndexEntry]) -> dict[int, BucketDigest]:
    """Return the digests of the buckets, by the words of `BucketDigest`."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in entries:
        for at, part in enumerate((1, each.digest >> 31, each.digest & 0x7FFFFFFF)):
            sums[each.bucket][at] += part
    return {bucket: BucketDigest(*parts) for bucket, parts in sums.items()}


def inside(entry: IndexEntry, scope: Scope) -> bool:
    """Return what the words of `Scope` say, in Python."""
    labels = entry.labels
    return (
        (scope.principals is None or bool(set(scope.principals) & set(labels.access)))
        and (not scope.sources or entry.source in scope.sources)
        and SENSITIVITIES.index(labels.sensitivity) <= SENSITIVITIES.index(scope.max_sensitivity)
        and (not scope.trusts or labels.trust in scope.trusts)
        and (not scope.regions or labels.region in scope.regions)
    )


def nearest(entries: Iterable[IndexEntry], wanted: Floats, k: int) -> list[str]:
    """Return the ids of the k nearest by cosine in double precision, equals in id order."""
    direction = wanted.astype(np.float64) / np.linalg.norm(wanted.astype(np.float64))

    def cosine(each: IndexEntry) -> float:
        vector = each.vector.astype(np.float64)
        return float(vector @ direction / np.linalg.norm(vector))

    return [each.id for each in sorted(entries, key=lambda each: (-cosine(each), each.id))[:k]]
