"""The two legs of a search in one index."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from kintsugi.stores.opensearch.connection import Connection
from kintsugi.stores.opensearch.mapping import COSINE, EMBEDDING, INNER_PRODUCT, TEXT, space_of
from kintsugi.stores.opensearch.reading import WHOLE
from kintsugi.stores.search import Hit

MOST_HITS = 10_000
"""The engine's own limit of a result's length (`index.max_result_window`)."""

MOST_TERMS = 900
"""Words of a query; an engine refuses 1,024 clauses and more."""

EXPLORED = 512
"""Candidates that a walk through the graph keeps at least."""

_TOKENS = re.compile(r"[A-Za-z0-9]+|[^\x00-\x7f]")


def words_within(words: str, most: int = MOST_TERMS) -> str:
    """Return the distinct words from the beginning that make at most so many terms.

    A word of other than Latin letters counts with each of its characters: that is how many terms it may become.
    """
    kept: dict[str, str] = {}
    terms = 0
    for word in words.split():
        if word.casefold() not in kept:
            terms += len(_TOKENS.findall(word))
            if terms > most:
                break
            kept[word.casefold()] = word
    return " ".join(kept.values())


def by_text(connection: Connection, real: str, words: str, k: int, filters: Sequence[dict[str, Any]]) -> list[Hit]:
    """Return the k best by BM25; the words are terms, never syntax."""
    match = {"match": {TEXT: {"query": words_within(words), "operator": "or"}}}
    return _hits(connection, real, {"bool": {"must": [match], "filter": list(filters)}}, k, words)


def by_comparison(
    connection: Connection, real: str, vector: list[float], k: int, filters: Sequence[dict[str, Any]]
) -> list[Hit]:
    """Return the k nearest by cosine, each entry inside the filters compared."""
    script = {
        "source": "knn_score",
        "lang": "knn",
        "params": {"field": EMBEDDING, "query_value": vector, "space_type": INNER_PRODUCT},
    }
    query = {"script_score": {"query": {"bool": {"filter": list(filters)}}, "script": script}}
    return [Hit(hit.id, cosine(hit.score, INNER_PRODUCT)) for hit in _hits(connection, real, query, k, repr(vector))]


def by_graph(
    connection: Connection, real: str, vector: list[float], k: int, filters: Sequence[dict[str, Any]], engine: str
) -> list[Hit]:
    """Return the k nearest by cosine that a walk through the graph finds; filters hold during the walk."""
    near: dict[str, Any] = {"vector": vector, "k": k, "method_parameters": {"ef_search": max(EXPLORED, 2 * k)}}
    if filters:
        near["filter"] = {"bool": {"filter": list(filters)}}
    hits = _hits(connection, real, {"knn": {EMBEDDING: near}}, k, repr(vector))
    return [Hit(hit.id, cosine(hit.score, space_of(engine))) for hit in hits]


def cosine(score: float, space: str) -> float:
    """Return the cosine behind the engine's score of two vectors at unit length.

    A comparison asks for inner products: what it calls a cosine's score has changed between versions.
    """
    if space == COSINE:
        return 2.0 * score - 1.0
    return score - 1.0 if score >= 1.0 else 1.0 - 1.0 / max(score, 1e-9)


def _hits(connection: Connection, real: str, query: dict[str, Any], k: int, asked: str) -> list[Hit]:
    """Return the k best, equal scores in id order.

    Only ids are fetched, from the sort itself. Frequencies are those of all shards, and one question goes to one copy
    of a shard, since copies differ in what they have merged away: the same question has the same answer.
    """
    body = {
        "query": query,
        "size": min(k, MOST_HITS),
        "sort": [{"_score": "desc"}, {"id": "asc"}],
        "track_total_hits": False,
        "_source": False,
        "stored_fields": "_none_",
    }
    preference = hashlib.blake2b(asked.encode("utf-8", "replace"), digest_size=4).hexdigest()
    params = {**WHOLE, "search_type": "dfs_query_then_fetch", "preference": preference}
    answer = connection.ask(f"search {real}", "POST", f"/{real}/_search", body, params=params)
    return [Hit(hit["sort"][1], float(hit["sort"][0])) for hit in answer["hits"]["hits"]]
