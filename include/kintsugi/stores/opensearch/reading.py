"""Reads of one index that rank nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from kintsugi.errors import StoreUnavailable
from kintsugi.stores.opensearch.connection import Connection
from kintsugi.stores.opensearch.errors import missing
from kintsugi.stores.opensearch.rows import entry as entry_of
from kintsugi.stores.opensearch.rows import key, writable
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import IndexEntry

ENTRIES = 500
DIGESTS = 5000
BUCKETS = 4096
"""Entries, and digests, that a page has; buckets that there are."""

WHOLE = {"allow_partial_search_results": "false"}
"""Half an answer would be taken for drift."""


def refresh(connection: Connection, real: str, doing: str) -> None:
    """Let reads see what was written before; quick where nothing was."""
    connection.ask(doing, "POST", f"/{real}/_refresh", writing=True)


def all_entries(connection: Connection, real: str, doing: str) -> Iterator[IndexEntry]:
    """Yield every entry in id order.

    Pages go on behind the last id, so an entry that is there all the while comes once, whoever writes; no point in time
    is held open for a reader that may be slow.
    """
    for hits in _pages(connection, real, doing, {"match_all": {}}, ENTRIES, {"_source": True}):
        for hit in hits:
            yield entry_of(hit["_source"])


def entries_of(connection: Connection, real: str, ids: Sequence[str], doing: str) -> list[IndexEntry]:
    """Return those of the entries that exist, in id order; by key, so that no refresh is needed."""
    keys = [key(id) for id in writable(ids)]
    if not keys:
        return []
    answer = connection.ask(doing, "POST", f"/{real}/_mget", {"ids": keys})
    failed = next((each["error"] for each in answer["docs"] if "error" in each), None)
    if failed:
        raise _unread(connection, failed, doing)
    return sorted((entry_of(each["_source"]) for each in answer["docs"] if each["found"]), key=lambda each: each.id)


def digests_where(connection: Connection, real: str, field: str, values: Sequence[Any], doing: str) -> dict[str, int]:
    """Return id → digest of the entries whose field has one of the values."""
    found: dict[str, int] = {}
    shown = {"_source": False, "docvalue_fields": ["digest"]}
    for hits in _pages(connection, real, doing, {"terms": {field: list(values)}}, DIGESTS, shown):
        found |= {hit["sort"][0]: int(hit["fields"]["digest"][0]) for hit in hits}
    return found


def bucket_digests(connection: Connection, real: str, doing: str) -> dict[int, BucketDigest]:
    """Return count and digest sum of each bucket, summed by the engine."""
    sums = {part: {"sum": {"field": f"digest_{part}"}} for part in ("high", "low")}
    body = {
        "size": 0,
        "track_total_hits": False,
        "aggs": {"buckets": {"terms": {"field": "bucket", "size": BUCKETS}, "aggs": sums}},
    }
    answer = connection.ask(doing, "POST", f"/{real}/_search", body, params=WHOLE)
    return {
        int(each["key"]): BucketDigest(each["doc_count"], int(each["high"]["value"]), int(each["low"]["value"]))
        for each in answer["aggregations"]["buckets"]["buckets"]
    }


def count(connection: Connection, real: str, doing: str) -> int:
    """Return how many entries there are."""
    return int(connection.ask(doing, "GET", f"/{real}/_count")["count"])


def _pages(
    connection: Connection, real: str, doing: str, query: dict[str, Any], size: int, shown: dict[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    body = {"query": query, "size": size, "sort": [{"id": "asc"}], "track_total_hits": False, **shown}
    while True:
        hits = connection.ask(doing, "POST", f"/{real}/_search", body, params=WHOLE)["hits"]["hits"]
        if hits:
            yield hits
        if len(hits) < size:
            return
        body["search_after"] = hits[-1]["sort"]


def _unread(connection: Connection, failed: dict[str, Any], doing: str) -> StoreUnavailable:
    what, got = f"search index {connection.where}: {doing}", f"{failed.get('type')}: {failed.get('reason')}"
    if failed.get("type") == "index_not_found_exception":
        return missing(what, got)
    return StoreUnavailable(
        what, expected="every shard of the index", got=got, next_step="`GET _cluster/health` says which shard is lost"
    )
