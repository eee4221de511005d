"""How a generation answers golden queries, leg by leg, through the very search that serves users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from kintsugi.index.gate.query import GoldenQuery
from kintsugi.index.judging import batches
from kintsugi.platform import Platform
from kintsugi.records import Generation, Vector
from kintsugi.retrieval.hybrid import CANDIDATES, Leg, fused, legs
from kintsugi.retrieval.metrics import ndcg, reciprocal_rank
from kintsugi.stores.search import Floats, Scope

LEGS: tuple[Leg, ...] = get_args(Leg)

DEPTH = 20
"""Passages of each leg whose documents are looked at: what stands further down, nobody reads."""

GRADED_DEPTH = 10
TITLES = 3
EVERYTHING = Scope(principals=None)


@dataclass(frozen=True)
class Outcome:
    """What one leg made of a query: 0 ≤ score ≤ 1, rank of the first relevant document (``None``: not found)."""

    score: float
    rank: int | None
    titles: tuple[str, ...]


def query_vectors(platform: Platform, generation: Generation, queries: Sequence[GoldenQuery]) -> dict[str, Floats]:
    """Return the queries' vectors in the generation's space by `GoldenQuery.text_hash`.

    Those that were kept; where the embedding that is set is the generation's own, the rest is embedded in one call and
    kept. Of another embedding, what was never kept can't be had.
    """
    keys = {Vector.key(generation.fingerprint, query.text_hash): query.text_hash for query in queries}
    kept = platform.records.get_many(Vector, keys)
    vectors = {keys[key]: np.frombuffer(vector.values, dtype="<f4") for key, vector in kept.items()}
    new = [query for query in queries if query.text_hash not in vectors]
    if not new or platform.embedder.fingerprint.id != generation.fingerprint:
        return vectors
    made = platform.embedder.embed_queries([query.text for query in new])
    named = {query.text_hash: vector.astype("<f4") for query, vector in zip(new, made, strict=True)}
    platform.records.insert_missing(
        Vector.of(generation.fingerprint, text_hash, vector.tobytes()) for text_hash, vector in named.items()
    )
    return vectors | named


def asked(
    platform: Platform, generation: Generation, queries: Sequence[GoldenQuery], vectors: Mapping[str, Floats]
) -> list[dict[Leg, Outcome]]:
    """Return how the lexical leg, the dense one, and both as they are served, answer each query.

    Args:
        platform: the wired platform.
        generation: which one answers.
        queries: what is asked.
        vectors: of at least these queries, by `GoldenQuery.text_hash`.

    Raises:
        TransientError: the index can't be reached now.
    """
    found = [_best(platform, generation, query, vectors[query.text_hash]) for query in queries]
    owners: dict[str, tuple[str, str]] = {}
    for page in batches(sorted({id for best in found for ids in best.values() for id in ids})):
        owners |= {each.id: (each.document, each.title) for each in platform.index.entries(generation.id, page)}
    return [
        {leg: _outcome(query, [owners[id] for id in ids if id in owners]) for leg, ids in best.items()}
        for query, best in zip(queries, found, strict=True)
    ]


def _best(platform: Platform, generation: Generation, query: GoldenQuery, vector: Floats) -> dict[Leg, list[str]]:
    lexical, dense = legs(platform.index, generation.id, query.text, vector, CANDIDATES, EVERYTHING, "hybrid")
    both = fused(lexical, dense, platform.settings.retrieval.dense_weight)
    return {
        "lexical": [hit.id for hit in lexical[:DEPTH]],
        "dense": [hit.id for hit in dense[:DEPTH]],
        "hybrid": [hit.id for hit in both[:DEPTH]],
    }


def _outcome(query: GoldenQuery, owners: Sequence[tuple[str, str]]) -> Outcome:
    titles: Mapping[str, str] = dict(reversed(owners))
    ranking = list(dict.fromkeys(document for document, _ in owners))
    score = ndcg(ranking, query.grades, GRADED_DEPTH) if query.graded else reciprocal_rank(ranking, query.grades)
    rank = next((rank for rank, document in enumerate(ranking, 1) if document in query.grades), None)
    return Outcome(score, rank, tuple(titles[document] for document in ranking[:TITLES]))
