"""The cache of vectors."""

from kintsugi.embedding.cache import cached_vectors
from kintsugi.records import Vector
from tests.builders import HashEmbedder, chunk, document


def test_a_text_is_embedded_once_whoever_asks(platform):
    embedder = HashEmbedder()
    some = [chunk("one"), chunk("two"), chunk("one", of=document("other.md", title="a.md"))]
    first = cached_vectors(platform.records, embedder, some)
    again = cached_vectors(platform.records, embedder, some)
    assert (first.embedded, first.reused) == (2, 0)
    assert (again.embedded, again.reused) == (0, 2)
    assert len(embedder.embedded) == 2
    assert {key: value.tobytes() for key, value in again.vectors.items()} == {
        key: value.tobytes() for key, value in first.vectors.items()
    }


def test_another_embedding_has_vectors_of_its_own(platform):
    some = [chunk("one")]
    cached_vectors(platform.records, HashEmbedder(), some)
    assert cached_vectors(platform.records, HashEmbedder(model="other"), some).embedded == 1
    assert platform.records.count(Vector) == 2


def test_what_another_process_kept_first_is_what_counts(platform):
    embedder = HashEmbedder()
    one = chunk("one")
    kept = Vector.of(embedder.fingerprint.id, one.text_hash, b"\x00\x00\x80?" * 64)

    class Slow(HashEmbedder):
        def embed(self, texts):
            platform.records.insert(kept)
            return super().embed(texts)

    outcome = cached_vectors(platform.records, Slow(), [one])
    assert outcome.vectors[one.text_hash].tobytes() == kept.values
