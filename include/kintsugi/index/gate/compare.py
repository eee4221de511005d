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
from kintsugi.records import Document, Feedback, Generation, Watermark
from kintsugi.stores.where import AtLeast


def judge(platform: Platform, before: Generation | None, candidate: Generation) -> GateVerdict:
    """Compare the candidate with what is served now; see `verdict_on`.

    At most ``generations.gate_queries`` queries are asked, in two legs, of each generation. Where there is nothing to
    compare with, the candidate is promoted. The same two indexes get the same verdict each time.

    Raises:
        TransientError: a store, the index or the model can't be reached now.
    """
    golden = golden_queries(platform)
    for problem in golden.problems:
        structlog.get_logger().warning("golden_line_left_out", problem=str(problem))
    own = query_vectors(platform, candidate, golden.queries)
    numbers = {"queries": len(golden.queries)}
    if before is None:
        return GateVerdict("promote", "the first generation", numbers)
    if before.id not in platform.index.names() or not platform.index.count(before.id):
        return GateVerdict("promote", "the generation before is empty", numbers)
    old = query_vectors(platform, before, golden.queries)
    both = [query for query in golden.queries if query.text_hash in old and query.text_hash in own]
    answers = zip(both, asked(platform, before, both, old), asked(platform, candidate, both, own), strict=True)
    pairs = [Comparison(query, before=one, after=other) for query, one, other in answers]
    rng = np.random.default_rng(int(digest(before.id, candidate.id, size=8), 16))
    verdict = verdict_on(pairs, platform.settings.generations, rng)
    return replace(verdict, worst=_with_names(platform, verdict.worst))


def keep_golden_vectors(platform: Platform, generation: Generation) -> None:
    """Embed today's golden queries for the served generation and keep their vectors.

    Once another model is set, the served generation can be asked only with what was kept. Where nothing that queries
    are made of has changed since the last time, nothing is read.
    """
    kept = Watermark(id=f"golden/{generation.fingerprint}/{_file_and_number(platform)}", at=generation.watermark)
    last = platform.records.get(Watermark, kept.id)
    if last is not None and not _changed_since(platform, last.at):
        return
    query_vectors(platform, generation, golden_queries(platform).queries)
    platform.records.put([kept])


def _file_and_number(platform: Platform) -> str:
    """Name the state of the user's file, and how many queries are asked."""
    settings = platform.settings
    try:
        file = settings.golden.stat()
    except OSError:
        state = "none"
    else:
        state = f"{file.st_size} {file.st_mtime_ns}"
    return digest(str(settings.golden), state, str(settings.generations.gate_queries), size=8)


def _changed_since(platform: Platform, at: float) -> bool:
    return any(
        platform.records.count(kind, {field: AtLeast(at)})
        for kind, field in ((Document, "changed_at"), (Feedback, "at"))
    )


def _with_names(platform: Platform, worst: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the worst queries with documents called as people call them."""
    documents = platform.records.get_many(Document, {id for each in worst for id in each["relevant"]})
    names = {id: f"{each.source}/{each.external_id}" for id, each in documents.items()}
    return tuple({**each, "relevant": [names.get(id, id) for id in each["relevant"]]} for each in worst)
