"""A generation beside the serving one, from the truth alone, while publishing goes on."""

from dataclasses import replace

import pytest

from kintsugi.errors import ConflictError
from kintsugi.index import publish as steps
from kintsugi.index.dump import dump
from kintsugi.index.finish import catch_up, mark
from kintsugi.index.generations import STALLED_AFTER, alive, changed, is_stalled, named, serving
from kintsugi.index.publish import build, publish, rebuild
from kintsugi.index.retention import drop
from kintsugi.index.ruling import ruling_without_asking
from kintsugi.index.switch import promote, roll_back
from kintsugi.records import POINTER, Generation, Pointer
from tests.builders import RUN, HashEmbedder
from tests.index.corpus import bury, lines, live_ids, store
from tests.index.crashing import Counted, opened, seed_few


@pytest.fixture
def served(settings, clock):
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    yield platform
    platform.close()


def test_a_build_where_nothing_changed_embeds_nothing_and_is_equal_to_the_byte(served):
    before = dump(served)
    outcome = build(served, RUN)
    assert (outcome.embedded, outcome.written, outcome.flipped) == (0, 8, True)
    after = dump(served)
    assert after.generation != before.generation
    assert (after.entries, after.sha256) == (before.entries, before.sha256)


def while_the_gate_looks(platform, act):
    """Return the platform with one more document, of which the gate asks a new query, and with ``act`` done then."""

    class Busy(HashEmbedder):
        done = False

        def embed_queries(self, queries):
            if not Busy.done:
                Busy.done = True
                act()
            return super().embed_queries(queries)

    store(platform, "fresh.md", [" ".join(f"fresh{n}" for n in range(30))])
    platform.clock.advance(1)
    return platform.using(embedder=Busy())


def test_what_an_ingest_and_a_publish_bring_while_a_build_is_written_is_in_it_after_the_flip(served, clock):
    """A writer lives beside the build: it edits, deletes, adds and publishes between any two writes of the build."""
    brought = iter(range(3))

    def meddle(inner, name, args):
        if name == "write" and args[0] != first and (turn := next(brought, None)) is not None:
            clock.advance(1000)
            store(served, f"new{turn}.md", [f"A passage of turn {turn}."])
            if turn == 1:
                bury(served, "01.md")
            else:
                words = " ".join(f"word{turn}{number}" for number in range(24))
                store(served, f"0{turn}.md", [f"Edited in turn {turn}: {words}."])
            clock.advance(1000)
            assert publish(served, RUN).generation == first

    first = serving(served.records).id
    index = Counted(served.index, meddle)
    outcome = build(served.using(index=index), RUN)
    assert outcome.flipped, outcome.verdict
    assert {line["id"] for line in lines(served)} == live_ids(served)
    assert "Edited in turn" in str(lines(served)), "the writer was at work"
    for name in (first, outcome.generation):
        assert {entry.id for entry in served.index.entries(name)} == live_ids(served)


def test_a_publish_that_was_planned_before_a_flip_does_not_flip_back(served, clock):
    store(served, "new.md", ["New."])
    clock.advance(1000)
    planned = steps.plan(served, RUN)
    outcome = build(served, RUN)
    steps.write_all(served, planned, RUN)
    verdict = steps.finish(served, planned, RUN)
    assert (verdict.ruling, verdict.flipped) == ("hold", False)
    assert outcome.generation in verdict.reason
    assert serving(served.records).id == outcome.generation
    assert {line["id"] for line in lines(served)} == live_ids(served)


def test_a_verdict_is_not_carried_out_when_another_one_was_flipped_to_meanwhile(served, clock):
    """The gate compared with a generation that readers are not on any more."""
    first = serving(served.records)
    served.records.insert(first.but(id="g-elsewhere", version=0, state="ready", gate={"ruling": "hold"}))
    served.index.create("g-elsewhere", first.dimension)
    served.index.write("g-elsewhere", list(served.index.entries(first.id)))
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)

    busy = while_the_gate_looks(served, lambda: promote(served, "g-elsewhere"))
    with pytest.raises(ConflictError, match="the pointer moved meanwhile"):
        steps.finish(busy, planned, RUN)
    assert serving(served.records).id == "g-elsewhere"


def test_a_rollback_while_the_gate_looks_is_not_undone_by_its_verdict(served):
    first = serving(served.records).id
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    busy = while_the_gate_looks(served, lambda: (promote(served, planned.generation), roll_back(served)))
    with pytest.raises(ConflictError, match="the pointer moved meanwhile"):
        steps.finish(busy, planned, RUN)
    assert serving(served.records).id == first


def test_what_was_deleted_while_the_gate_looked_is_not_answered_after_the_flip(served, clock):
    def delete() -> None:
        bury(served, "01.md")
        clock.advance(1)
        publish(served, RUN)

    def look(inner, name, args):
        if name == "replace" and isinstance(args[0], Pointer):
            seen.append({entry.title for entry in served.index.entries(args[0].generation)})

    seen: list[set[str]] = []
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    busy = while_the_gate_looks(served, delete)
    assert steps.finish(busy.using(records=Counted(served.records, look)), planned, RUN).flipped
    assert seen == [{"00.md", "02.md", "03.md", "fresh.md"}]


def test_entries_that_a_build_lost_are_written_again_before_it_is_judged(served):
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    lost = sorted(entry.id for entry in served.index.entries(planned.generation))[:3]
    served.index.delete(planned.generation, lost)
    assert steps.finish(served, planned, RUN).flipped
    assert {line["id"] for line in lines(served)} == live_ids(served)


def test_a_build_with_entries_that_the_records_do_not_know_is_held(served):
    first = serving(served.records).id
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    entry = next(served.index.entries(planned.generation))
    served.index.write(planned.generation, [replace(entry, id="stray", document="nobody's")])
    verdict = steps.finish(served, planned, RUN)
    assert (verdict.ruling, dict(verdict.numbers)) == ("hold", {"orphaned": 1})
    assert serving(served.records).id == first


@pytest.mark.parametrize("gate", [{}, {"ruling": "promote"}])
def test_a_build_that_was_killed_before_its_verdict_or_its_flip_is_gone_on_with(served, gate):
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    mark(served, planned)
    changed(served.records, planned.generation, lambda each: each.but(gate=gate))
    outcome = build(served, RUN)
    assert (outcome.generation, outcome.flipped) == (planned.generation, True)


@pytest.mark.parametrize("ruling", ["hold", "reject"])
def test_a_build_that_was_judged_and_not_promoted_is_not_gone_on_with(served, ruling):
    planned = steps.plan_build(served, RUN)
    mark(served, planned)
    changed(served.records, planned.generation, lambda each: each.but(gate={"ruling": ruling}))
    assert steps.plan_build(served, RUN).generation != planned.generation


def test_a_build_that_is_dropped_while_it_is_written_ends_and_is_not_served(served):
    planned = steps.plan_build(served, RUN)
    steps.write_all(served, planned, RUN)
    drop(served, planned.generation)
    with pytest.raises(ConflictError, match="was dropped while it was written to"):
        steps.finish(served, planned, RUN)
    assert serving(served.records).id != planned.generation
    assert planned.generation not in served.index.names()


def test_an_index_that_is_rebuilt_meanwhile_is_not_marked_as_whole_by_a_publish_planned_before(served, clock):
    store(served, "new.md", ["New."])
    clock.advance(1000)
    planned = steps.plan(served, RUN)
    rebuild(served, RUN)
    generation = serving(served.records)
    served.records.put([generation.but(watermark=0.0)])
    steps.finish(served, planned, RUN)
    assert named(served.records, generation.id).watermark == 0.0


def test_a_build_gives_signs_of_life_and_counts_as_stalled_without(served, clock):
    planned = steps.plan_build(served, RUN)
    begun = named(served.records, planned.generation)
    assert not is_stalled(begun, clock.now)
    clock.advance(STALLED_AFTER + 1)
    assert is_stalled(begun, clock.now)
    for batch in planned.batches:
        steps.embed_batch(served, planned, batch)
    assert named(served.records, planned.generation).heartbeat == clock.now
    clock.advance(60)
    steps.write_all(served, planned, RUN)
    assert named(served.records, planned.generation).heartbeat == clock.now


def test_signs_of_life_are_not_written_more_often_than_needed(served, clock):
    generation = steps.plan_build(served, RUN).generation
    version = named(served.records, generation).version
    clock.advance(1)
    alive(served.records, generation)
    assert named(served.records, generation).version == version


def test_a_second_build_goes_on_with_the_one_that_was_begun(served):
    begun = steps.plan_build(served, RUN).generation
    assert build(served, RUN).generation == begun
    assert served.records.count(Generation) == 2


def test_a_lost_index_of_another_embedding_is_not_dropped_by_a_rebuild_that_cannot_fill_it(served):
    from kintsugi.errors import FingerprintMismatch

    before = dump(served)
    with pytest.raises(FingerprintMismatch):
        rebuild(served.using(embedder=HashEmbedder(model="other")), RUN)
    assert dump(served) == before


def test_catching_up_ends_even_while_documents_come_all_the_time(served, clock):
    def meddle(inner, name, args):
        if name == "refresh":
            clock.advance(1)
            store(served, "busy.md", [f"Seen at {clock.now}."])

    busy = served.using(index=Counted(served.index, meddle))
    store(served, "busy.md", ["First."])
    clock.advance(1)
    catch_up(busy, serving(served.records), RUN)
    publish(served, RUN)
    clock.advance(1)
    publish(served, RUN)
    assert {line["id"] for line in lines(served)} == live_ids(served)


def candidate(**changes) -> Generation:
    values = {"id": "g2", "fingerprint": "f", "dimension": 4, "pipeline": "p", "state": "ready", "created_at": 1.0}
    return Generation(**(values | {"run": RUN} | changes))


REJECTED = {"ruling": "reject", "reason": "worse", "numbers": {"pairs": 40}, "worst": [], "before": "g1", "at": 1.0}


def test_what_was_rejected_is_not_asked_about_again_until_something_else_serves():
    pointer = Pointer(id=POINTER, generation="g1", flipped_at=1.0)
    rejected = candidate(gate=REJECTED)
    assert ruling_without_asking(pointer, rejected, False, asked=False).ruling == "reject"
    assert ruling_without_asking(pointer.but(generation="g3"), rejected, False, asked=False) is None
    assert ruling_without_asking(pointer, rejected, False, asked=True) is None
    held = candidate(gate=REJECTED | {"ruling": "hold"})
    assert ruling_without_asking(pointer, held, False, asked=False) is None


def test_the_verdict_is_kept_in_words_and_in_parts(served):
    outcome = build(served, RUN)
    kept = named(served.records, outcome.generation)
    assert kept.verdict == outcome.verdict
    assert (kept.gate["ruling"], kept.gate["worst"]) == ("promote", [])
    assert kept.gate["numbers"]["pairs"] >= 4
    assert kept.gate["before"] != outcome.generation
