"""Reads of one table that rank nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from kintsugi.stores.lance.filters import literal, one_of
from kintsugi.stores.lance.rows import SHOWN, entries_in
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import IndexEntry

if TYPE_CHECKING:
    import pyarrow as pa
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


def entries_of(table: "Table", ids: list[str], rows: list[int]) -> list[IndexEntry]:
    """Return those of the entries that exist, in id order.

    Args:
        ids: of the entries that are wanted.
        rows: where some of them lay a moment ago. Taking rows skips the search, and what was deleted, changed or moved
            since is not among the rows that are left: it is searched for like the others.
    """
    wanted = set(ids)
    found = _by_id(table.take_row_ids(rows).select(list(SHOWN)).to_arrow()) if rows else {}
    if rest := sorted(wanted - found.keys()):
        found |= _by_id(table.search().where(one_of("id", rest)).select(list(SHOWN)).to_arrow())
    return [found[id] for id in sorted(wanted & found.keys())]


def _by_id(answer: "pa.Table") -> dict[str, IndexEntry]:
    return {entry.id: entry for entry in entries_in(answer)}


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
