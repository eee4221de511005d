"""Publishing makes the index equal to the truth, whatever happened before."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kintsugi.index import plan as planning
from kintsugi.index import publish as steps
from kintsugi.index.current import in_batches
from kintsugi.index.dump import dump
from kintsugi.index.finish import mark
from kintsugi.index.generations import changed, serving
from kintsugi.index.plan import NO_DOCUMENT
from kintsugi.index.publish import PublishPlan, publish
from kintsugi.index.write import WriteCounts, write
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Quarantined, Vector
from kintsugi.stores.search import Scope, WriteOutcome
from tests.builders import RUN, HashEmbedder, chunk, document, version
from tests.healing.conftest import Killed, digest_of, dying_after, seed
from tests.index.corpus import bury, lines, live_ids, serving_after_publish, store
from tests.index.drifting import drift


def test_the_first_publish_serves_what_there_is(platform, clock):
    seed(platform)
    clock.advance(1)
    outcome = publish(platform, RUN)
    assert (outcome.written, outcome.embedded, outcome.flipped) == (60, 60, True)
    assert outcome.verdict.startswith("promote: the first generation")
    assert {line["id"] for line in lines(platform)} == live_ids(platform)
    hits = platform.index.search_text(outcome.generation, "runbook 7", 5, Scope())
    assert hits


def test_publishing_twice_writes_and_embeds_nothing(platform, clock):
    seed(platform)
    clock.advance(1)
    publish(platform, RUN)
    before = dump(platform)
    again = publish(platform, RUN)
    assert (again.written, again.deleted, again.embedded, again.flipped) == (0, 0, 0, False)
    assert again.unchanged == 0, "nothing was even looked at"
    assert dump(platform) == before


def test_a_later_publish_does_not_even_look_at_what_is_old(platform, clock):
    seed(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    store(platform, "new.md", ["A new passage."])
    clock.advance(1)
    outcome = publish(platform, RUN)
    assert (outcome.written, outcome.unchanged) == (1, 0)


def test_nothing_changed_is_a_plan_without_batches(platform, clock):
    seed(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    assert steps.plan(platform, RUN).batches == ()


def test_a_generation_that_was_killed_before_the_gate_is_something_to_do_though_nothing_changed(platform, clock):
    seed(platform, documents=3)
    clock.advance(1000)
    planned = steps.plan(platform, RUN)
    steps.write_all(platform, planned, RUN)
    mark(platform, planned)
    clock.advance(1000)
    again = steps.plan(platform, RUN)
    assert again.batches == (NO_DOCUMENT,)
    assert steps.write_all(platform, again, RUN) == WriteCounts()
    assert steps.finish(platform, again, RUN).flipped
    assert steps.plan(platform, RUN).batches == ()


def test_a_held_generation_is_judged_again_though_nothing_changed_and_a_rejected_one_is_not(platform, clock):
    seed(platform, documents=3)
    clock.advance(1000)
    first = publish(platform, RUN).generation
    other = platform.using(embedder=HashEmbedder(model="other"))
    held = publish(other, RUN)
    assert held.verdict.startswith("hold")
    clock.advance(1000)
    assert steps.plan(other, RUN).batches == (NO_DOCUMENT,)
    rejected = {"ruling": "reject", "reason": "worse", "numbers": {}, "worst": [], "before": first}
    changed(platform.records, held.generation, lambda each: each.but(gate=rejected))
    assert steps.plan(other, RUN).batches == ()


def test_an_edit_embeds_and_writes_only_what_changed(platform, clock):
    store(platform, "a.md", ["One.", "Two.", "Three."])
    clock.advance(1)
    publish(platform, RUN)
    clock.advance(1)
    store(platform, "a.md", ["One.", "Two, edited.", "Three."])
    clock.advance(1)
    outcome = publish(platform, RUN)
    assert (outcome.embedded, outcome.deleted) == (1, 1)
    assert {line["text"] for line in lines(platform)} == {"One.", "Two, edited.", "Three."}


def test_a_deleted_document_leaves_the_index_and_nothing_else_does(platform, clock):
    store(platform, "a.md", ["One."])
    store(platform, "b.md", ["Two."])
    clock.advance(1)
    publish(platform, RUN)
    bury(platform, "a.md")
    clock.advance(1)
    assert publish(platform, RUN).deleted == 1
    assert [line["text"] for line in lines(platform)] == ["Two."]


def test_the_same_text_in_two_documents_is_embedded_once(platform, clock):
    one = document("a.md", title="same", text="Same.")
    two = document("b.md", title="same", text="Same.")
    for head in (one, two):
        each = chunk("Same.", of=head)
        platform.records.put([version(head, "Same.")])
        platform.records.put([each.but(digest=digest_of(each))])
        platform.records.put([head.but(changed_at=clock())])
    clock.advance(1)
    outcome = publish(platform, RUN)
    assert (outcome.written, outcome.embedded) == (2, 1)


edits = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.one_of(st.none(), st.lists(st.sampled_from(["red", "green", "blue", "red"]), min_size=1, max_size=4)),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_publishing_along_the_way_equals_a_clean_build(settings, clock, tmp_path_factory, history):
    """Whatever was stored, deleted and published in between, the index is what building it from nothing gives."""
    var = tmp_path_factory.mktemp("var")
    platform = Platform(settings.model_copy(update={"var": var}), clock).using(embedder=HashEmbedder())
    for name, texts, publishes in history:
        clock.advance(1)
        if texts is None:
            bury(platform, name, missing_ok=True)
        else:
            store(platform, name, texts)
        if publishes:
            clock.advance(1)
            publish(platform, RUN)
    clock.advance(1)
    publish(platform, RUN)
    along_the_way = lines(platform)
    generation = serving(platform.records)
    platform.index.drop(generation.id)
    platform.records.put([generation.but(watermark=0.0)])
    publish(platform, RUN)
    assert lines(platform) == along_the_way
    assert {line["id"] for line in along_the_way} == live_ids(platform)
    platform.close()


@pytest.mark.parametrize("writes", range(0, 12))
def test_a_publish_that_is_killed_is_completed_by_the_next(platform, clock, writes):
    seed(platform, documents=4)
    clock.advance(1)
    with suppress(Killed):
        publish(dying_after(platform, writes), RUN)
    clock.advance(1)
    publish(platform, RUN)
    generation = serving(platform.records)
    assert generation.state == "serving"
    assert {line["id"] for line in lines(platform)} == live_ids(platform)
    assert publish(platform, RUN).written == 0


def test_a_document_that_changes_while_it_is_written_is_written_again(platform, clock):
    store(platform, "a.md", ["Old."])
    clock.advance(1)

    class Meddling:
        """Lets an ingest finish right after the first write of entries."""

        def __init__(self, inner):
            self._inner, self._done = inner, False

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def write(self, name, entries):
            outcome = self._inner.write(name, entries)
            if not self._done:
                self._done = True
                store(platform, "a.md", ["New."])
            return outcome

    publish(platform.using(index=Meddling(platform.index)), RUN)
    assert [line["text"] for line in lines(platform)] == ["New."]


def test_an_entry_that_the_engine_refuses_is_quarantined_and_the_rest_is_served(platform, clock):
    store(platform, "a.md", ["Good.", "Bad."])
    clock.advance(1)

    class Refusing:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def write(self, name, entries):
            bad = {each.id: "too bad" for each in entries if each.text == "Bad."}
            outcome = self._inner.write(name, [each for each in entries if each.id not in bad])
            return WriteOutcome(outcome.written, bad)

    outcome = publish(platform.using(index=Refusing(platform.index)), RUN)
    assert (outcome.written, outcome.refused) == (1, 1)
    (held,) = platform.records.scan(Quarantined)
    assert (held.check, held.value, held.state) == ("index", "too bad", "held")


def test_two_that_claim_a_generation_at_once_claim_the_same(platform):
    from concurrent.futures import ThreadPoolExecutor

    from kintsugi.index.claim import claim

    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda _: claim(platform, RUN).id, range(8)))
    assert len(set(claimed)) == 1
    assert platform.records.count(Generation) == 1


def test_a_plan_survives_the_way_through_json(platform, clock):
    seed(platform, documents=3)
    clock.advance(1)
    planned = steps.plan(platform, RUN)
    assert PublishPlan.from_dict(json.loads(json.dumps(planned.to_dict()))) == planned
    assert len(planned.batches) == 1


def test_batches_cover_every_document_once(platform, clock, monkeypatch):
    monkeypatch.setattr(planning, "DOCUMENTS_PER_BATCH", 3)
    seed(platform, documents=10, chunks=1)
    clock.advance(1)
    planned = steps.plan(platform, RUN)
    assert len(planned.batches) == 4
    counts = [write(platform, planned.generation, planned.since, batch, RUN).written for batch in planned.batches]
    assert sum(counts) == 10
    assert sorted(counts) == [1, 3, 3, 3]


def test_a_document_that_is_stored_late_with_an_earlier_time_is_published_all_the_same(platform, clock):
    seed(platform, documents=2)
    clock.advance(1000)
    publish(platform, RUN)
    clock.now -= 30
    store(platform, "late.md", ["Stamped before the watermark."])
    clock.now += 60
    assert publish(platform, RUN).written == 1
    assert publish(platform, RUN).written == 0


@given(st.integers(0, 200), st.integers(1, 5), st.sampled_from([2, 4, 8]))
def test_ranges_cover_sorted_ids_without_gap_or_overlap_and_are_never_more_than_allowed(count, size, most):
    ids = [f"{number:05}" for number in range(count)]
    ranges = in_batches(ids, size, most)
    assert [id for each in ranges for id in ids if each.after < id <= each.last] == ids
    assert len(ranges) <= most


def test_drift_tells_missing_stale_and_orphaned_apart(platform, clock):
    seed(platform, documents=5)
    clock.advance(1)
    generation = serving_after_publish(platform)
    ids = sorted(live_ids(platform))
    platform.index.delete(generation.id, ids[:2])
    (entry,) = platform.index.entries(generation.id, [ids[2]])
    platform.index.write(generation.id, [replace(entry, digest=entry.digest ^ 1)])
    buried = platform.records.get(Chunk, ids[3])
    platform.records.put([buried.but(live=False)])
    found = drift(platform, generation)
    assert found.missing == frozenset(ids[:2])
    assert found.stale == frozenset([ids[2]])
    assert found.orphaned == frozenset([ids[3]])


def test_the_vectors_of_the_index_are_those_of_the_cache(platform, clock):
    seed(platform, documents=3)
    clock.advance(1)
    generation = serving_after_publish(platform)
    for entry in platform.index.entries(generation.id):
        held = platform.records.get(Chunk, entry.id)
        kept = platform.records.get(Vector, Vector.key(generation.fingerprint, held.text_hash))
        assert entry.vector.tobytes() == kept.values
