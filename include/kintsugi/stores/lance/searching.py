"""The two legs of a search in one table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kintsugi.stores.lance.filters import scoped
from kintsugi.stores.lance.rows import TEXT, VECTOR
from kintsugi.stores.search import Floats, Hit, Scope

if TYPE_CHECKING:
    from lancedb.table import Table

PROBES = 40
REFINE = 2
"""Partitions of the vector index looked into at least; candidates ranked again by exact distance, in multiples of k."""


@dataclass(frozen=True)
class Ranked:
    """What one leg found, best first, and where each entry lies."""

    hits: list[Hit]
    rows: list[int]


def by_text(table: "Table", words: str, limit: int, scope: Scope) -> Ranked:
    """Return the best by BM25; the words are terms, never syntax."""
    from lancedb.query import MatchQuery

    query = _within(table.search(MatchQuery(words, TEXT), query_type="fts"), scope)
    ids, scores, rows = _columns(query, "_score", limit)
    return Ranked(list(map(Hit, ids, scores)), rows)


def by_vector(table: "Table", vector: Floats, limit: int, scope: Scope) -> Ranked:
    """Return the nearest by cosine: exactly without a vector index, and ranked by exact distances with one."""
    query = table.search(vector, vector_column_name=VECTOR).distance_type("cosine")
    query = _within(query.minimum_nprobes(PROBES).maximum_nprobes(0).refine_factor(REFINE), scope)
    ids, distances, rows = _columns(query, "_distance", limit)
    return Ranked([Hit(id, 1.0 - distance) for id, distance in zip(ids, distances, strict=True)], rows)


def _within(query: Any, scope: Scope) -> Any:
    condition = scoped(scope)
    return query if condition is None else query.where(condition, prefilter=True)


def _columns(query: Any, score: str, limit: int) -> tuple[list[str], list[float], list[int]]:
    answer = query.select(["id", score]).with_row_id(True).limit(limit).to_arrow()
    return answer["id"].to_pylist(), answer[score].to_pylist(), answer["_rowid"].to_pylist()
