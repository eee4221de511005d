"""Both generations answer the golden queries, each in its own vector space."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import structlog

from kintsugi.documents.identity import digest
from kintsugi.index.gate.asking import asked, query_vectors
from kintsugi.index.gate.queries import golden_queries
from kintsugi.index.gate.verdict import Comparison, GateVerdict, verdict_on
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation

PROBLEMS_LOGGED = 5


def judge(platform: Platform, before: Generation | None, candidate: Generation) -> GateVerdict:
    """Compare the candidate with what is served now; see `verdict_on`.

    At most ``generations.gate_queries`` queries are asked, in two legs, of each generation. Where there is nothing to
    compare with, the candidate is promoted. The same two indexes get the same verdict each time.

    Raises:
        TransientError: a store, the index or the model can't be reached now.
    """
    golden = golden_queries(platform)
    for problem in golden.problems[:PROBLEMS_LOGGED]:
        structlog.get_logger().warning("golden_line_left_out", problem=str(problem))
    own = query_vectors(platform, candidate, golden.queries)
    numbers = {"queries": len(golden.queries)}
    if before is None:
        return GateVerdict("promote", "the first generation", numbers)
    if before.id not in platform.index.names() or not platform.index.count(before.id):
        return GateVerdict("promote", "the generation before is empty", numbers)
    old = query_vectors(platform, before, golden.queries)
    pairs = [
        Comparison(
            query,
            before=asked(platform, before, query, old[query.text_hash]),
            after=asked(platform, candidate, query, own[query.text_hash]),
        )
        for query in golden.queries
        if query.text_hash in old and query.text_hash in own
    ]
    rng = np.random.default_rng(int(digest(before.id, candidate.id, size=8), 16))
    verdict = verdict_on(pairs, platform.settings.generations, rng)
    return replace(verdict, worst=_with_names(platform, verdict.worst))


def keep_golden_vectors(platform: Platform, generation: Generation) -> None:
    """Embed today's golden queries for the served generation and keep their vectors.

    Once another model is set, the served generation can be asked only with what was kept.
    """
    query_vectors(platform, generation, golden_queries(platform).queries)


def _with_names(platform: Platform, worst: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the worst queries with documents called as people call them."""
    documents = platform.records.get_many(Document, {id for each in worst for id in each["relevant"]})
    names = {id: f"{each.source}/{each.external_id}" for id, each in documents.items()}
    return tuple({**each, "relevant": [names.get(id, id) for id in each["relevant"]]} for each in worst)
