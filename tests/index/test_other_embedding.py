"""Another embedding: a generation beside the served one, the golden gate, and what goes on meanwhile."""

import numpy as np
import pytest

from kintsugi.errors import FingerprintMismatch
from kintsugi.index import publish as steps
from kintsugi.index.generations import named, serving
from kintsugi.index.publish import publish
from kintsugi.index.write import write
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import seed
from tests.index.corpus import bury, lines, seed_known_items, store


def test_another_embedding_builds_a_generation_beside_the_served_one_and_flips(platform, clock):
    seed_known_items(platform)
    clock.advance(1)
    first = publish(platform, RUN)
    other = platform.using(embedder=HashEmbedder(dimension=96, model="other"))
    clock.advance(1)
    second = publish(other, RUN)
    assert second.generation != first.generation
    assert second.flipped, second.verdict
    assert "pairs" in second.verdict
    assert named(platform.records, first.generation).state == "previous"
    assert named(platform.records, second.generation).state == "serving"
    assert platform.index.count(first.generation) == platform.index.count(second.generation)


def test_a_worse_embedding_is_rejected_and_the_old_generation_goes_on_serving(platform, clock):
    class Blind(HashEmbedder):
        """Sees no difference between texts."""

        def vector_of(self, query):
            vector = np.zeros(self.dimension, np.float32)
            vector[len(query) % 2] = 1.0
            return vector

    seed_known_items(platform)
    clock.advance(1)
    first = publish(platform, RUN)
    clock.advance(1)
    outcome = publish(platform.using(embedder=Blind(dimension=8, model="blind")), RUN)
    assert outcome.verdict.startswith("reject"), outcome.verdict
    assert serving(platform.records).id == first.generation


def test_while_another_embedding_is_not_promoted_what_is_deleted_leaves_the_served_generation_too(platform, clock):
    store(platform, "a.md", ["One."])
    store(platform, "b.md", ["Two."])
    clock.advance(1000)
    first = publish(platform, RUN)
    bury(platform, "a.md")
    clock.advance(1)
    outcome = publish(platform.using(embedder=HashEmbedder(model="other")), RUN)
    assert outcome.verdict.startswith("hold"), "two short documents give no golden queries"
    assert serving(platform.records).id == first.generation
    assert [line["text"] for line in lines(platform)] == ["Two."]


def test_golden_vectors_grow_with_the_corpus_so_that_a_later_gate_has_pairs(platform, clock):
    seed_known_items(platform)
    clock.advance(1000)
    publish(platform, RUN)
    for number in range(40, 140):
        store(platform, f"{number:03}.md", [" ".join(f"word{number * 31 + position}" for position in range(30))])
    clock.advance(1000)
    publish(platform, RUN)
    outcome = publish(platform.using(embedder=HashEmbedder(dimension=96, model="other")), RUN)
    assert "pairs 100" in outcome.verdict
    assert outcome.flipped


def test_a_write_into_a_generation_of_another_embedding_is_refused(platform, clock):
    seed(platform, documents=2)
    clock.advance(1)
    planned = steps.plan(platform, RUN)
    other = platform.using(embedder=HashEmbedder(model="other"))
    with pytest.raises(FingerprintMismatch, match="another embedding"):
        write(other, planned.generation, planned.since, planned.batches[0], RUN)
