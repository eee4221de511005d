"""The two legs of a search in one table."""

from typing import TYPE_CHECKING, Any

from kintsugi.stores.lance.filters import scoped
from kintsugi.stores.lance.rows import TEXT, VECTOR
from kintsugi.stores.search import Floats, Hit, Scope

if TYPE_CHECKING:
    from lancedb.table import Table

PROBES = 40
REFINE = 5
"""Partitions of the vector index looked into at least; candidates ranked again by exact distance, in multiples of k."""


def by_text(table: "Table", words: str, limit: int, scope: Scope) -> list[Hit]:
    """Return the best by BM25; the words are terms, never syntax."""
    from lancedb.query import MatchQuery

    query = _within(table.search(MatchQuery(words, TEXT), query_type="fts"), scope)
    answer = query.select(["id", "_score"]).limit(limit).to_arrow()
    return [Hit(id, score) for id, score in zip(*_columns(answer, "id", "_score"), strict=True)]


def by_vector(table: "Table", vector: Floats, limit: int, scope: Scope) -> list[Hit]:
    """Return the nearest by cosine: exactly without a vector index, and ranked by exact distances with one."""
    query = table.search(vector, vector_column_name=VECTOR).distance_type("cosine")
    query = _within(query.minimum_nprobes(PROBES).maximum_nprobes(0).refine_factor(REFINE), scope)
    answer = query.select(["id", "_distance"]).limit(limit).to_arrow()
    return [Hit(id, 1.0 - distance) for id, distance in zip(*_columns(answer, "id", "_distance"), strict=True)]


def _within(query: Any, scope: Scope) -> Any:
    condition = scoped(scope)
    return query if condition is None else query.where(condition, prefilter=True)


def _columns(answer: Any, *names: str) -> list[list[Any]]:
    return [answer[name].to_pylist() for name in names]
