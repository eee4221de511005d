"""LanceDB and OpenSearch find the same in the same corpus of operational texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kintsugi.stores.lance import LanceIndex
from kintsugi.stores.search import IndexEntry, Scope, SearchIndex
from tests.engines.servers import Server
from tests.stores.entries import EVERYTHING, direction, entry, nearest
from tests.stores.opensearch_handles import opened

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
DIMENSION = 64
QUESTIONS = [
    "circuit breaker posing as a mapping error",
    "mapper_parsing_exception",
    "rejected execution 429",
    "how do I unpause the publish DAG",
    "airflow dags clear",
    "es_rejected_execution_exception bulk queue",
    "disk full flood stage watermark",
    "GET _nodes/stats",
    "orphaned chunks after a killed writer",
    "which alias names the served generation",
    "KINTSUGI_HOME",
    "clock skew lease",
    "credentials expired 401",
    "zombie task heartbeat",
    "invalid JSON from the model",
    "dimension of the vectors changed",
    "out of memory killer",
    "quarantine.jsonl",
]


@dataclass(frozen=True)
class Engines:
    corpus: list[IndexEntry]
    lance: SearchIndex
    opensearch: SearchIndex


def passages() -> list[IndexEntry]:
    """Return every paragraph of the runbooks."""
    made = []
    for file in sorted(RUNBOOKS.glob("*.md")):
        for n, text in enumerate(re.split(r"\n\s*\n", file.read_text())):
            made.append(
                entry(
                    f"{file.stem}-{n:03}",
                    text,
                    title=file.stem.replace("-", " "),
                    source=f"source-{n % 3}",
                    vector=direction(file.stem, n, dimension=DIMENSION),
                )
            )
    return made


@pytest.fixture
def engines(tmp_path: Path, opensearch_node: Server, index_prefix: str) -> Iterator[Engines]:
    made = Engines(passages(), LanceIndex(tmp_path / "index"), opened(opensearch_node.url, index_prefix))
    for index in (made.lance, made.opensearch):
        index.create("g", DIMENSION)
        assert index.write("g", made.corpus).refused == {}
        index.refresh("g")
    yield made
    made.lance.close()
    made.opensearch.close()


def test_both_find_the_same_of_some_hundred_operational_texts(engines: Engines) -> None:
    assert len(engines.corpus) > 200
    scope = Scope(principals=None, sources=("source-1",))
    inside = [each for each in engines.corpus if each.source == "source-1"]
    for n in range(12):
        wanted = direction("question", n, dimension=DIMENSION)
        for within, corpus in ((EVERYTHING, engines.corpus), (scope, inside)):
            one, other = (index.search_vector("g", wanted, 10, within) for index in (engines.lance, engines.opensearch))
            assert [hit.id for hit in one] == [hit.id for hit in other] == nearest(corpus, wanted, 10)
            assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-5)
    same = 0.0
    for question in QUESTIONS:
        one, other = (
            [hit.id for hit in index.search_text("g", question, 10, EVERYTHING)]
            for index in (engines.lance, engines.opensearch)
        )
        every, also = (
            {hit.id for hit in index.search_text("g", question, 1000, EVERYTHING)}
            for index in (engines.lance, engines.opensearch)
        )
        assert every == also, question
        same += len(set(one) & set(other)) / len(one)
        assert one[0] in other[:3], question
        assert other[0] in one[:3], question
    assert same / len(QUESTIONS) >= 0.95
    assert engines.lance.digests("g") == engines.opensearch.digests("g")
