"""Hybrid retrieval: BM25 and vectors over the served generation, fused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kintsugi.errors import FingerprintMismatch
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Generation
from kintsugi.retrieval.fusion import Fused, convex_combination
from kintsugi.stores.search import Floats, Hit, IndexEntry, Scope

Leg = Literal["lexical", "dense", "hybrid"]

CANDIDATES = 100
"""Hits taken from each leg before they are fused."""

DENSE_WEIGHT = 0.6
"""Share of the vector leg in the fused score; the lexical leg has the rest."""


@dataclass(frozen=True)
class Found:
    """A passage that was found. ``cosine`` is its vector's with the question's, where the dense leg saw it."""

    entry: IndexEntry
    score: float
    cosine: float | None


@dataclass(frozen=True)
class Retrieved:
    """What a search found, best first, in which generation; ``vector`` is the question's."""

    generation: str
    found: tuple[Found, ...]
    vector: Floats | None


def retrieve(platform: Platform, query: str, k: int, scope: Scope, *, leg: Leg = "hybrid") -> Retrieved | None:
    """Return the ``k`` best passages for a question; ``None`` when nothing is served yet.

    Filters of ``scope`` apply inside the engine, before the best are taken.

    Raises:
        FingerprintMismatch: the embedder's vectors are not those of the served generation.
        TransientError: a store or the model can't be reached now.
    """
    generation = serving(platform.records)
    if generation is None:
        return None
    vector = None if leg == "lexical" else _query_vector(platform, generation, query)
    lexical, dense = legs(platform, generation, query, vector, max(k, CANDIDATES), scope, leg)
    best = fused(lexical, dense)[:k]
    entries = {entry.id: entry for entry in platform.index.entries(generation.id, [each.id for each in best])}
    cosines = {hit.id: hit.score for hit in dense}
    found = tuple(Found(entries[each.id], each.score, cosines.get(each.id)) for each in best if each.id in entries)
    return Retrieved(generation.id, found, vector)


def legs(
    platform: Platform, generation: Generation, query: str, vector: Floats | None, depth: int, scope: Scope, leg: Leg
) -> tuple[list[Hit], list[Hit]]:
    """Return the hits of the lexical and of the dense leg; the one that ``leg`` leaves out is empty."""
    lexical = [] if leg == "dense" else platform.index.search_text(generation.id, query, depth, scope)
    dense = [] if vector is None else platform.index.search_vector(generation.id, vector, depth, scope)
    return lexical, dense


def fused(lexical: Sequence[Hit], dense: Sequence[Hit]) -> list[Fused]:
    """Return the hits of both legs as one ranking."""
    return convex_combination([lexical, dense], weights=[1 - DENSE_WEIGHT, DENSE_WEIGHT])


def _query_vector(platform: Platform, generation: Generation, query: str) -> Floats:
    fingerprint = platform.embedder.fingerprint
    if fingerprint.id != generation.fingerprint:
        raise FingerprintMismatch(
            f"generation {generation.id}: a question in another vector space was refused",
            expected=f"fingerprint {generation.fingerprint}",
            got=f"{fingerprint.id} ({fingerprint.model})",
            next_step="let publish build a generation for this embedding, or set embedding.model back",
        )
    vector: Floats = platform.embedder.embed_queries([query])[0]
    return vector
