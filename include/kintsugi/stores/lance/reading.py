"""Reads of one table that rank nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from kintsugi.stores.lance.filters import literal, one_of
from kintsugi.stores.lance.rows import SHOWN
from kintsugi.stores.lance.rows import entry as entry_of
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import IndexEntry

if TYPE_CHECKING:
    from lancedb.table import Table


def ids_after(table: "Table", after: str | None, limit: int) -> list[str]:
    """Return the next ids in order, from the first where ``after`` is ``None``.

    Only the ids are read and sorted, never whole rows.
    """
    from lancedb.query import ColumnOrdering

    query = table.search().order_by([ColumnOrdering(column_name="id")])
    if after is not None:
        query = query.where(f"id > {literal(after)}")
    ids: list[str] = query.select(["id"]).limit(limit).to_arrow()["id"].to_pylist()
    return ids


def entries_of(table: "Table", ids: list[str]) -> list[IndexEntry]:
    """Return those of the entries that exist, in id order."""
    found = table.search().where(one_of("id", ids)).select(list(SHOWN)).to_arrow().to_pylist()
    return [entry_of(row) for row in sorted(found, key=lambda row: str(row["id"]))]


def digests_where(table: "Table", condition: str) -> dict[str, int]:
    """Return id → digest of the entries that meet a condition."""
    answer = table.search().where(condition).select(["id", "digest"]).to_arrow()
    return dict(zip(answer["id"].to_pylist(), answer["digest"].to_pylist(), strict=True))


def bucket_digests(table: "Table") -> dict[int, BucketDigest]:
    """Return count and digest sum of each bucket, streamed over two columns."""
    sums: dict[int, BucketDigest] = {}
    for batch in _batches(table):
        buckets, which = np.unique(batch["bucket"].to_numpy(), return_inverse=True)
        digests = batch["digest"].to_numpy()
        counts = np.bincount(which, minlength=len(buckets))
        high, low = np.zeros(len(buckets), np.int64), np.zeros(len(buckets), np.int64)
        np.add.at(high, which, digests >> 31)
        np.add.at(low, which, digests & 0x7FFFFFFF)
        for at, bucket in enumerate(buckets.tolist()):
            before = sums.get(bucket, BucketDigest(0, 0, 0))
            sums[bucket] = BucketDigest(
                before.count + int(counts[at]), before.high + int(high[at]), before.low + int(low[at])
            )
    return sums


def _batches(table: "Table") -> Iterator[Any]:
    return iter(table.search().select(["bucket", "digest"]).to_batches())
