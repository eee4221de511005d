"""BEIR's format is read plain and packed, and goes through the real path."""

import json
import lzma

import pytest

from kintsugi.bench.beir import BeirCorpus, judged_queries
from kintsugi.bench.retrieval import ranked_documents
from kintsugi.documents import intake
from kintsugi.documents.identity import document_id
from kintsugi.errors import ConfigurationError
from kintsugi.index.publish import publish
from tests.builders import RUN


@pytest.fixture
def folder(tmp_path):
    corpus = [
        {"_id": "1", "title": "Bread", "text": "Flour and water and time."},
        {"_id": "2", "text": "Rockets need fuel."},
        {"_id": "3", "title": "Empty", "text": " "},
    ]
    with lzma.open(tmp_path / "corpus.jsonl.xz", "wt") as out:
        out.writelines(json.dumps(each) + "\n" for each in corpus)
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "rockets fuel"}\n{"_id": "q2", "text": "unjudged"}\n'
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\t2\t1\n")
    return tmp_path


def test_queries_without_judgements_are_left_out(folder):
    (query,) = judged_queries(folder)
    assert (query.text, query.grades) == ("rockets fuel", {"2": 1})


def test_a_folder_without_the_files_says_which(tmp_path):
    with pytest.raises(ConfigurationError, match=r"qrels\.tsv or qrels\.tsv\.xz"):
        judged_queries(tmp_path)


@pytest.mark.parametrize("leg", ["lexical", "dense", "hybrid"])
def test_a_corpus_is_searched_by_the_path_that_serves_users(platform, folder, leg):
    committed = intake.ingest(platform, BeirCorpus(folder), "all", RUN)
    assert (committed.written, committed.refused) == (2, 0)
    publish(platform, RUN)
    assert ranked_documents(platform, "rockets fuel", leg)[0] == document_id("bench", "2")
