"""The golden gate judges whole builds: identical ones pass each time, damaged ones never do."""

import random

import numpy as np
import pytest

from kintsugi.bench.damage import HashedWords, leave_as_it_is, shuffle_vectors, truncate_chunks
from kintsugi.bench.gate import build_and_judge
from kintsugi.index.gate import golden_queries, judge, keep_golden_vectors
from kintsugi.index.generations import named, serving
from kintsugi.index.publish import build, publish
from kintsugi.platform import Platform
from kintsugi.records import Vector
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.settings import GenerationSettings
from tests.builders import RUN, HashEmbedder, document
from tests.index.corpus import seed_known_items, store

SEEDS = range(20)
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "xu", "za")


def seed_prose(platform: Platform, seed: int, documents: int = 24) -> None:
    """Store documents of three passages; common words are in many of them, as in real text."""
    draw = random.Random(seed)
    vocabulary = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(400)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]

    def passage() -> str:
        return " ".join(
            " ".join(draw.choices(vocabulary, weights, k=12)).capitalize() + "." for _ in range(draw.randint(2, 4))
        )

    for number in range(documents):
        store(platform, f"{number:02}.md", [passage() for _ in range(3)])


@pytest.fixture
def served(platform, clock, request) -> Platform:
    """A platform that serves prose made from the seed that the test is parametrised with."""
    few = platform.settings.model_copy(update={"generations": GenerationSettings(gate_queries=14)})
    platform = Platform(few, clock).using(
        records=platform.records, index=platform.index, embedder=HashEmbedder(dimension=256)
    )
    seed_prose(platform, request.getfixturevalue("seed"))
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    return platform


@pytest.mark.parametrize("seed", SEEDS)
def test_an_identical_rebuild_is_promoted_and_damaged_builds_are_rejected(served, seed):
    """One corpus a seed, one build for each case, so that each costs a corpus only once."""
    first = serving(served.records).id
    same = build(served, RUN)
    assert same.flipped, same.verdict
    assert (same.embedded, same.verdict.split(":")[0]) == (0, "promote")
    good = serving(served.records)
    assert good.id == same.generation != first
    for damage in (shuffle_vectors, truncate_chunks):
        rejected = build_and_judge(served, damage, seed)
        assert rejected.ruling == "reject", f"{damage.__name__}: {rejected}"
        assert rejected.worst
    weak = served.using(embedder=HashedWords(4, seed))
    rejected = build_and_judge(weak, leave_as_it_is, seed)
    assert rejected.ruling == "reject", str(rejected)
    assert rejected.numbers["pairs"] >= 10, "the old generation was asked with the vectors that were kept"
    assert serving(served.records).id == good.id


@pytest.mark.parametrize("seed", [3])
def test_a_rejection_shows_the_worst_queries_with_what_was_found_before_and_after(served, seed):
    worst = build_and_judge(served, shuffle_vectors, seed).worst
    assert 0 < len(worst) <= 10
    shown = worst[0]
    assert shown["relevant"][0].startswith("notes/")
    assert shown["before"]["rank"] == 1
    assert shown["before"]["titles"][0] == shown["relevant"][0].removeprefix("notes/")
    assert shown["after"]["rank"] != 1
    assert len(shown["after"]["titles"]) == 3


@pytest.mark.parametrize("seed", [4])
def test_a_dead_dense_leg_is_noticed_behind_a_good_lexical_one(served, seed):
    settings = served.settings
    lexical = settings.model_copy(update={"retrieval": settings.retrieval.model_copy(update={"dense_weight": 0.05})})
    hidden = Platform(lexical, served.clock).using(records=served.records, index=served.index, embedder=served.embedder)
    rejected = build_and_judge(hidden, shuffle_vectors, seed)
    assert rejected.ruling == "reject"
    assert rejected.numbers["hybrid"] > -0.02
    assert "dense" in rejected.reason


@pytest.mark.parametrize("seed", [5])
def test_the_same_two_indexes_get_the_same_verdict_each_time(served, seed):
    before = serving(served.records)
    after = build_planned(served, seed)
    assert judge(served, before, after) == judge(served, before, after)


def build_planned(platform: Platform, seed: int):
    """Build a generation with some vectors in wrong places, and leave it unjudged."""
    from kintsugi.index import publish as steps

    planned = steps.plan_build(platform, RUN)
    steps.write_all(platform, planned, RUN)
    platform.index.refresh(planned.generation)
    shuffle_vectors(platform, planned.generation, np.random.default_rng(seed))
    return named(platform.records, planned.generation)


@pytest.mark.parametrize("seed", [6])
def test_a_before_without_entries_or_without_an_index_is_no_hindrance(served, seed):
    before = serving(served.records)
    after = build_planned(served, seed)
    served.index.drop(before.id)
    assert judge(served, before, after).ruling == "promote"
    served.index.create(before.id, before.dimension)
    assert judge(served, before, after).ruling == "promote"
    assert judge(served, None, after).ruling == "promote"


def test_without_kept_vectors_there_is_no_overlap_and_the_new_model_is_held(platform, clock):
    seed_known_items(platform)
    clock.advance(1000)
    publish(platform, RUN)
    fingerprint = platform.embedder.fingerprint.id
    queries = golden_queries(platform).queries
    platform.records.delete(Vector, [Vector.key(fingerprint, query.text_hash) for query in queries])
    held = publish(platform.using(embedder=HashEmbedder(dimension=96, model="other")), RUN)
    assert held.verdict.startswith("hold: fewer than 10 queries could be asked of both")
    assert not held.flipped


def test_the_users_queries_and_feedback_keep_vectors_for_a_later_model_too(platform, clock):
    seed_known_items(platform)
    clock.advance(1000)
    publish(platform, RUN)
    platform.settings.golden.write_text(
        f'{{"query": "which one is about word5?", "relevant": ["{document("00.md").id}"]}}\n'
    )
    give_feedback(platform, "and about word40?", [document("01.md").id], useful=True, run=RUN)
    keep_golden_vectors(platform, serving(platform.records))
    other = platform.using(embedder=HashEmbedder(dimension=96, model="other"))
    outcome = publish(other, RUN)
    asked = golden_queries(platform).queries
    assert [query.origin for query in asked[:2]] == ["golden", "feedback"]
    assert f"pairs {len(asked)}," in outcome.verdict


def test_the_queries_are_embedded_in_one_call_and_only_once(platform, clock):
    class Counting(HashEmbedder):
        calls = 0

        def embed_queries(self, queries):
            type(self).calls += bool(queries) and queries[0] not in self.embedded
            return super().embed_queries(queries)

    seed_known_items(platform)
    clock.advance(1000)
    counting = platform.using(embedder=Counting())
    publish(counting, RUN)
    assert Counting.calls == 1
    build(counting, RUN)
    assert Counting.calls == 1


def test_golden_vectors_are_looked_after_only_when_something_has_changed(platform, clock, monkeypatch):
    seed_known_items(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    publish(platform, RUN)
    served = serving(platform.records)

    def reads() -> list[str]:
        asked: list[str] = []
        scan = platform.records.scan

        def noted(kind, *args, **options):
            asked.append(kind.__name__)
            return scan(kind, *args, **options)

        with monkeypatch.context() as watched:
            watched.setattr(platform.records, "scan", noted)
            keep_golden_vectors(platform, served)
        return asked

    assert "Document" not in reads()
    store(platform, "new.md", [" ".join(f"fresh{number}" for number in range(30))])
    assert "Document" in reads()
    clock.advance(1000)
    publish(platform, RUN)
    served = serving(platform.records)
    assert "Document" not in reads()
    give_feedback(platform, "what about word40?", [document("01.md").id], useful=True, run=RUN)
    assert "Feedback" in reads()
    platform.settings.golden.write_text('{"query": "word5?", "relevant": ["00.md"]}\n')
    assert "Document" in reads()


def test_a_bad_line_in_the_users_file_does_not_stop_a_publish(platform, clock):
    seed_known_items(platform)
    platform.settings.golden.write_text("not JSON\n")
    clock.advance(1000)
    assert publish(platform, RUN).flipped
    assert build(platform, RUN).flipped
