"""`kintsugi bench retrieval`: judged queries through the path that serves users."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.bench.beir import SOURCE, BeirCorpus, Judged, judged_queries
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.documents.identity import document_id
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Document
from kintsugi.retrieval.hybrid import Leg, retrieve
from kintsugi.retrieval.metrics import ndcg, recall, reciprocal_rank
from kintsugi.settings import Settings
from kintsugi.stores.search import Scope

DEPTH = 100
PASSAGES = 250
"""Passages that are asked for, so that about `DEPTH` documents are among their owners."""

LEGS: tuple[Leg, ...] = ("lexical", "dense", "hybrid")


def measure(settings: Settings, folder: Path) -> Iterator[Row]:
    """Ingest and publish a corpus into a place of its own and yield a row for each leg.

    Raises:
        ConfigurationError: the folder is not in BEIR's format.
    """
    queries = judged_queries(folder)
    with TemporaryDirectory(prefix="kintsugi-bench-") as place:
        platform = workspace(settings, Path(place))
        try:
            intake.ingest(platform, BeirCorpus(folder), "all", RUN)
            publish(platform, RUN)
            documents = platform.records.count(Document, {"deleted_at": None})
            for leg in LEGS:
                yield _row(platform, folder.name, leg, queries, documents)
        finally:
            platform.close()


def _row(platform: Platform, name: str, leg: Leg, queries: Sequence[Judged], documents: int) -> Row:
    begun = time.perf_counter()
    rankings = [ranked_documents(platform, query.text, leg) for query in queries]
    seconds = time.perf_counter() - begun
    judged = [{document_id(SOURCE, id): grade for id, grade in query.grades.items()} for query in queries]
    pairs = list(zip(rankings, judged, strict=True))
    return {
        "set": name,
        "leg": leg,
        "ndcg@10": round(sum(ndcg(*pair, 10) for pair in pairs) / len(pairs), 4),
        "recall@100": round(sum(recall(*pair, DEPTH) for pair in pairs) / len(pairs), 4),
        "mrr": round(sum(reciprocal_rank(*pair) for pair in pairs) / len(pairs), 4),
        "queries": len(queries),
        "documents": documents,
        "seconds": round(seconds, 2),
    }


def ranked_documents(platform: Platform, query: str, leg: Leg) -> list[str]:
    """Return the ids of the documents of the best passages, each where its best passage stands, at most `DEPTH`."""
    retrieved = retrieve(platform, query, PASSAGES, Scope(), leg=leg)
    found = retrieved.found if retrieved else ()
    return list(dict.fromkeys(each.entry.document for each in found))[:DEPTH]
