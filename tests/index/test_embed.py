"""Embedding while the next chunks are read and the last vectors are written."""

import threading

import pytest

from kintsugi.errors import StoreUnavailable, TransientError
from kintsugi.index import embed as embedding
from kintsugi.index.current import IdRange
from kintsugi.index.embed import EmbedOutcome, embed
from kintsugi.records import Vector
from tests.builders import HashEmbedder
from tests.index.corpus import store

ALL = IdRange("", "~")


@pytest.fixture
def twenty(platform, monkeypatch):
    """Twenty chunks, every second of which says the same, embedded two at a time."""
    monkeypatch.setattr(embedding, "CHUNKS_TO_EMBED_AT_ONCE", 2)
    store(platform, "a.md", ["the same again" if n % 2 else f"number {n} is its own" for n in range(20)])
    return platform


def test_a_text_that_comes_again_before_its_vector_is_kept_is_embedded_once(twenty):
    embedder = HashEmbedder()
    signs = []
    outcome = embed(twenty.using(embedder=embedder), 0.0, ALL, lambda: signs.append(1))
    assert len(embedder.embedded) == len(set(embedder.embedded)) == outcome.embedded == 11
    assert twenty.records.count(Vector) == outcome.embedded
    assert len(signs) == 10
    assert embed(twenty, 0.0, ALL) == EmbedOutcome(0, outcome.embedded + outcome.reused)


def test_a_model_that_fails_leaves_what_was_made_and_no_thread(twenty):
    class Failing(HashEmbedder):
        def embed(self, texts):
            if len(self.embedded) >= 4:
                raise TransientError("no memory left")
            return super().embed(texts)

    with pytest.raises(TransientError, match="no memory left"):
        embed(twenty.using(embedder=Failing()), 0.0, ALL)
    assert twenty.records.count(Vector) >= 4
    assert not {"read-ahead", "keep-vectors_0"} & {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("method", ["scan", "insert_missing"])
def test_a_store_that_fails_beside_the_model_is_told(twenty, monkeypatch, method):
    def fail(*_, **__):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(twenty.records, method, fail)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        embed(twenty, 0.0, ALL)
