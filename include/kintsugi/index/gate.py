"""The golden gate: a new generation is served only when it answers known questions no worse than the one before.

Queries are known items: a passage of words from a document, which has to be found again. Both generations answer the
same queries, each in its own vector space, and the reciprocal ranks are compared in pairs (Sakai, "Statistical
Significance, Power, and Sample Sizes", 2016: paired tests on the same topics).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kintsugi.documents.identity import digest
from kintsugi.platform import Platform
from kintsugi.records import Document, DocumentVersion, Generation, Vector
from kintsugi.retrieval.fusion import reciprocal_rank_fusion
from kintsugi.stores.search import Floats, Scope

QUERIES = 60
WORDS = 9
DEPTH = 20
FEWEST_PAIRS = 10
WORST_LOSS = 0.02
"""A mean loss of reciprocal rank that is not worth holding a generation back for."""

EVERYTHING = Scope(principals=None)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class GateVerdict:
    """What the gate says, why, and on which numbers; ``flipped`` is whether readers were switched over."""

    ruling: Literal["promote", "hold", "reject"]
    reason: str
    numbers: Mapping[str, float]
    flipped: bool = False

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:g}" for name, value in self.numbers.items())
        return f"{self.ruling}: {self.reason}" + (f" ({numbers})" if numbers else "")


@dataclass(frozen=True)
class GoldenQuery:
    """Words of a document, and the document that has to be found by them."""

    text: str
    document: str

    @property
    def text_hash(self) -> str:
        """The name of the query's vector in the cache: kept, so that a later embedding's gate can ask the old one."""
        return digest("golden query", self.text)


def judge(platform: Platform, before: Generation | None, candidate: Generation) -> GateVerdict:
    """Compare the candidate with what is served now.

    *Hold* when too few queries can be asked of both; *reject* when the candidate is worse beyond doubt, that is, when
    the upper end of the 95 % interval of the mean difference is below zero by more than `WORST_LOSS`.
    """
    queries = list(golden_queries(platform))
    own = _own_vectors(platform, candidate, queries)
    ranks = {query.text: _reciprocal_rank(platform, candidate, query, own[query.text_hash]) for query in queries}
    found = float(np.mean(list(ranks.values()))) if ranks else 0.0
    if before is None:
        return GateVerdict("promote", "the first generation", {"queries": len(queries), "mrr": round(found, 4)})
    if not platform.index.count(before.id):
        return GateVerdict("promote", "the generation before is empty", {"mrr": round(found, 4)})
    old = _kept_vectors(platform, before, queries)
    pairs = [
        (ranks[query.text], _reciprocal_rank(platform, before, query, old[query.text_hash]))
        for query in queries
        if query.text_hash in old
    ]
    return verdict_on(pairs)


def keep_golden_vectors(platform: Platform, generation: Generation) -> None:
    """Embed the golden queries of today's documents for the served generation and keep their vectors.

    Once another model is set, the served generation can be asked only with what was kept.
    """
    _own_vectors(platform, generation, list(golden_queries(platform)))


def verdict_on(pairs: Sequence[tuple[float, float]]) -> GateVerdict:
    """Decide on pairs of reciprocal ranks, (candidate, before)."""
    numbers: dict[str, float] = {"pairs": len(pairs)}
    if len(pairs) < FEWEST_PAIRS:
        reason = f"fewer than {FEWEST_PAIRS} queries could be asked of both; `kintsugi index promote` overrules"
        return GateVerdict("hold", reason, numbers)
    differences = np.array([new - old for new, old in pairs])
    mean = float(differences.mean())
    margin = 1.96 * float(differences.std(ddof=1)) / math.sqrt(len(pairs))
    numbers |= {
        "mrr": round(float(np.mean([new for new, _ in pairs])), 4),
        "before": round(float(np.mean([old for _, old in pairs])), 4),
        "difference": round(mean, 4),
        "low": round(mean - margin, 4),
        "high": round(mean + margin, 4),
    }
    if mean + margin < -WORST_LOSS:
        return GateVerdict("reject", "known items are found worse than before", numbers)
    return GateVerdict("promote", "known items are found no worse than before", numbers)


def golden_queries(platform: Platform, count: int = QUERIES) -> Iterator[GoldenQuery]:
    """Yield a query for each of the first ``count`` living documents with enough words.

    Ids are hashes, so the first ones are a sample that hardly changes as the corpus does.
    """
    asked = 0
    for document in platform.records.scan(Document, {"deleted_at": None}):
        if asked == count:
            return
        version = platform.records.get(DocumentVersion, document.current)
        words = [match.group() for match in _WORD.finditer(version.text)] if version else []
        if len(words) >= 2 * WORDS:
            start = int(document.id[:8], 16) % (len(words) - WORDS)
            asked += 1
            yield GoldenQuery(" ".join(words[start : start + WORDS]), document.id)


def _own_vectors(platform: Platform, generation: Generation, queries: Sequence[GoldenQuery]) -> dict[str, Floats]:
    found = _kept_vectors(platform, generation, queries)
    new = [query for query in queries if query.text_hash not in found]
    for query, vector in zip(new, platform.embedder.embed_queries([query.text for query in new]), strict=True):
        found[query.text_hash] = vector
    platform.records.insert_missing(
        Vector.of(generation.fingerprint, query.text_hash, found[query.text_hash].astype("<f4").tobytes())
        for query in new
    )
    return found


def _kept_vectors(platform: Platform, generation: Generation, queries: Sequence[GoldenQuery]) -> dict[str, Floats]:
    keys = {Vector.key(generation.fingerprint, query.text_hash): query.text_hash for query in queries}
    kept = platform.records.get_many(Vector, keys)
    return {keys[key]: np.frombuffer(vector.values, dtype="<f4") for key, vector in kept.items()}


def _reciprocal_rank(platform: Platform, generation: Generation, query: GoldenQuery, vector: Floats) -> float:
    """Return 1/rank of the document among the documents that the generation finds, 0 beyond `DEPTH` chunks."""
    legs = [
        platform.index.search_text(generation.id, query.text, DEPTH, EVERYTHING),
        platform.index.search_vector(generation.id, vector, DEPTH, EVERYTHING),
    ]
    best = [each.id for each in reciprocal_rank_fusion(legs)[:DEPTH]]
    owner = {entry.id: entry.document for entry in platform.index.entries(generation.id, best)}
    documents = list(dict.fromkeys(owner[id] for id in best if id in owner))
    return 1.0 / (documents.index(query.document) + 1) if query.document in documents else 0.0
