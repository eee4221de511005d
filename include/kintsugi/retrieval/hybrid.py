"""Hybrid retrieval: BM25 and vectors over the served generation, fused."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import structlog

from kintsugi.errors import FingerprintMismatch, StoreUnavailable
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Generation
from kintsugi.retrieval.fusion import Fused, convex_combination
from kintsugi.stores.search import Floats, Hit, IndexEntry, Scope, SearchIndex

Leg = Literal["lexical", "dense", "hybrid"]

CANDIDATES = 100
"""Hits taken from each leg before they are fused."""


@dataclass(frozen=True)
class Found:
    """A passage that was found, with its fused score."""

    entry: IndexEntry
    score: float


@dataclass(frozen=True)
class Retrieved:
    """What a search found, best first, in which generation.

    ``vector`` is the question's, in the generation's space; ``None`` where the dense leg was not asked.
    """

    generation: str
    found: tuple[Found, ...]
    vector: Floats | None


def retrieve(platform: Platform, query: str, k: int, scope: Scope, *, leg: Leg = "hybrid") -> Retrieved | None:
    """Return the ``k`` best passages for a question; ``None`` when nothing is served yet.

    Filters of ``scope`` apply inside the engine, before the best are taken. Vectors of two embeddings never meet: while
    the served generation is of another embedding than the one that is set, *hybrid* is the lexical leg alone.

    The pointer is read for each question, and all of the answer comes from the generation that it names. When readers
    were switched over meanwhile and that index was dropped, the question is asked once more of the new one.

    Raises:
        FingerprintMismatch: the dense leg alone was asked for, in another vector space than the generation's.
        TransientError: a store or the model can't be reached now.
    """
    generation = serving(platform.records)
    if generation is None:
        return None
    try:
        return _retrieve_from(platform, generation, query, k, scope, leg)
    except StoreUnavailable:
        now = serving(platform.records)
        if now is None or now.id == generation.id:
            raise
        structlog.get_logger().info("asked_again_after_flip", before=generation.id, generation=now.id)
        return _retrieve_from(platform, now, query, k, scope, leg)


def _retrieve_from(platform: Platform, generation: Generation, query: str, k: int, scope: Scope, leg: Leg) -> Retrieved:
    vector = _query_vector(platform, generation, query, leg)
    lexical, dense = legs(platform.index, generation.id, query, vector, max(k, CANDIDATES), scope, leg)
    best = fused(lexical, dense, platform.settings.retrieval.dense_weight)[:k]
    entries = {entry.id: entry for entry in platform.index.entries(generation.id, [each.id for each in best])}
    found = tuple(Found(entries[each.id], each.score) for each in best if each.id in entries)
    return Retrieved(generation.id, found, vector)


def legs(
    index: SearchIndex, generation: str, query: str, vector: Floats | None, depth: int, scope: Scope, leg: Leg
) -> tuple[list[Hit], list[Hit]]:
    """Return the hits of the lexical and of the dense leg, asked at the same time; one that is left out is empty."""
    if leg == "dense" or vector is None:
        lexical = [] if leg == "dense" else index.search_text(generation, query, depth, scope)
        return lexical, [] if vector is None else index.search_vector(generation, vector, depth, scope)
    with ThreadPoolExecutor(1) as beside:
        dense = beside.submit(index.search_vector, generation, vector, depth, scope)
        return index.search_text(generation, query, depth, scope), dense.result()


def fused(lexical: Sequence[Hit], dense: Sequence[Hit], dense_weight: float) -> list[Fused]:
    """Return the hits of both legs as one ranking."""
    return convex_combination([lexical, dense], weights=[1 - dense_weight, dense_weight])


def _query_vector(platform: Platform, generation: Generation, query: str, leg: Leg) -> Floats | None:
    if leg == "lexical":
        return None
    fingerprint = platform.embedder.fingerprint
    if fingerprint.id == generation.fingerprint:
        vector: Floats = platform.embedder.embed_queries([query])[0]
        return vector
    refusal = FingerprintMismatch(
        f"generation {generation.id}: a question in another vector space was refused",
        expected=f"fingerprint {generation.fingerprint}",
        got=f"{fingerprint.id} ({fingerprint.model})",
        next_step="let publish build a generation for this embedding, or set embedding.model back",
    )
    if leg == "dense":
        raise refusal
    structlog.get_logger().warning("dense_leg_left_out", reason=str(refusal))
    return None
