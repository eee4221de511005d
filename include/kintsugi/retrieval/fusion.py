"""Several rankings become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kintsugi.stores.search import Hit

RRF_K = 60


@dataclass(frozen=True)
class Fused:
    """A fused hit. ``legs`` has, by position of the leg, the rank (from 1) that it had there."""

    id: str
    score: float
    legs: Mapping[int, int]


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Hit]], *, k: int = RRF_K, weights: Sequence[float] | None = None
) -> list[Fused]:
    """Return all hits, best first, by Σ weight / (k + rank); equal scores in id order.

    Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009. Only the order within a leg
    counts, so legs with incomparable scores may meet.
    """
    weights = weights or [1.0] * len(rankings)
    scores: dict[str, float] = {}
    legs: dict[str, dict[int, int]] = {}
    for leg, (ranking, weight) in enumerate(zip(rankings, weights, strict=True)):
        for rank, hit in enumerate(ranking, 1):
            scores[hit.id] = scores.get(hit.id, 0.0) + weight / (k + rank)
            legs.setdefault(hit.id, {})[leg] = rank
    return _ordered(scores, legs)


def convex_combination(rankings: Sequence[Sequence[Hit]], *, weights: Sequence[float]) -> list[Fused]:
    """Return all hits, best first, by Σ weight · score scaled to 0…1 within its leg; equal scores in id order.

    Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023, section 4. A leg's lowest
    score becomes 0, its highest 1; a hit that a leg did not find has 0 there.
    """
    scores: dict[str, float] = {}
    legs: dict[str, dict[int, int]] = {}
    for leg, (ranking, weight) in enumerate(zip(rankings, weights, strict=True)):
        low = min((hit.score for hit in ranking), default=0.0)
        span = max((hit.score for hit in ranking), default=0.0) - low
        for rank, hit in enumerate(ranking, 1):
            scaled = (hit.score - low) / span if span > 0 else 1.0
            scores[hit.id] = scores.get(hit.id, 0.0) + weight * scaled
            legs.setdefault(hit.id, {})[leg] = rank
    return _ordered(scores, legs)


def _ordered(scores: Mapping[str, float], legs: Mapping[str, Mapping[int, int]]) -> list[Fused]:
    order = sorted(scores, key=lambda id: (-scores[id], id))
    return [Fused(id, scores[id], legs[id]) for id in order]
