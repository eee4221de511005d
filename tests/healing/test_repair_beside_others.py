"""A repair is judged by what is published: ingests in progress, killed ones and refused entries don't undo it."""

import random

import numpy as np
import pytest

from kintsugi.documents import intake
from kintsugi.documents.intake.begun import is_begun
from kintsugi.healing import heal as steps
from kintsugi.healing.actions.action import Work
from kintsugi.healing.actions.upsert_from_truth import UpsertFromTruth
from kintsugi.healing.detectors import detector_named
from kintsugi.healing.orchestrator import InProcessOrchestrator
from kintsugi.healing.recount import recount_entries
from kintsugi.healing.sweep import sweep
from kintsugi.index.publish import publish
from kintsugi.records import Chunk, Document, Quarantined, Repair, RunRef, Vector
from tests.builders import RUN
from tests.healing.conftest import Killed, lose, seed, served, snapshot

INGEST = RunRef(dag="ingest_runbooks", run_id="ingest-1")
TEXT = "# Pumps\n\n## Start\n\n{first}\n\n## Stop\n\nClose the valve of the cooling line before the pump runs dry.\n"


class DiesBeforeHeads:
    """A record store whose process dies when the heads of documents that are complete are about to be written."""

    def __init__(self, inner) -> None:
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def put(self, records):
        records = list(records)
        if any(isinstance(each, Document) and not is_begun(each) for each in records):
            raise Killed
        return self._inner.put(records)


def kill_an_ingest_between_chunks_and_heads(platform):
    fetched = intake.fetch(platform, "runbooks", "all", INGEST)
    (shard,) = (intake.validate(platform, each, INGEST) for each in fetched.shards)
    with pytest.raises(Killed):
        intake.load(platform.using(records=DiesBeforeHeads(platform.records)), shard, INGEST)


def heal(platform, incident, sleep):
    return steps.heal(
        platform, incident.id, RUN, InProcessOrchestrator(platform, RUN), rng=random.Random(0), sleep=sleep
    )


def test_a_repair_holds_beside_an_ingest_that_was_killed_before_it_wrote_its_heads(corpus, sleep):
    before = snapshot(corpus)
    lose(corpus, 3)
    (corpus.settings.runbooks / "new.md").write_text(TEXT.format(first="Open the valve, then start the pump."))
    kill_an_ingest_between_chunks_and_heads(corpus)
    assert corpus.records.count(Chunk, {"source": "runbooks", "live": True}) > 0
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    after = heal(corpus, incident, sleep)
    assert (after.state, after.verification["reason"]) == ("resolved", "")
    assert snapshot(corpus) == before


def test_a_repair_holds_when_its_document_is_edited_before_it_is_verified(corpus, sleep, clock):
    page = corpus.settings.runbooks / "pumps.md"
    page.write_text(TEXT.format(first="Open the valve, then start the pump."))
    intake.ingest(corpus, "runbooks", "all", RUN)
    clock.advance(60)
    publish(corpus, RUN)
    clock.advance(60)
    before = snapshot(corpus)
    lost = [each.id for each in corpus.records.scan(Chunk, {"source": "runbooks", "live": True})]
    corpus.index.delete(served(corpus).id, lost)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    orchestrator = InProcessOrchestrator(corpus, RUN)
    steps.diagnose(corpus, incident.id, RUN, orchestrator)
    steps.plan(corpus, incident.id, RUN)
    assert steps.repair(corpus, incident.id, RUN, orchestrator, random.Random(0)) is None
    page.write_text(TEXT.format(first="Ask the shift leader first."))
    kill_an_ingest_between_chunks_and_heads(corpus)
    assert steps.verify(corpus, incident.id, RUN, orchestrator).state == "resolved"
    assert snapshot(corpus) == before


def test_a_neighbour_that_is_missing_too_does_not_pass_the_recount(corpus):
    one, neighbour = list(corpus.records.scan(Chunk, {"document": next(corpus.records.scan(Document)).id}))[:2]
    assert recount_entries(corpus, served(corpus), [one.id]).holds
    corpus.index.delete(served(corpus).id, [neighbour.id])
    found = recount_entries(corpus, served(corpus), [one.id])
    assert not found.holds
    assert found.reason == f"1 documents are not complete in the index, first {one.document}"


def test_a_bucket_that_counts_too_few_entries_does_not_pass_the_recount(corpus):
    one, other = sorted(corpus.records.scan(Chunk), key=lambda each: each.document)[0::59]
    corpus.records.put([other.but(bucket=one.bucket)])
    found = recount_entries(corpus, served(corpus), [one.id])
    assert found.reason == f"1 buckets hold too few entries, first {one.bucket}"


def spoil_vector(platform, chunk):
    """A vector of zeros has no direction: the index refuses the entry."""
    zeros = np.zeros(platform.embedder.dimension, dtype="<f4").tobytes()
    platform.records.put([Vector.of(platform.embedder.fingerprint.id, chunk.text_hash, zeros)])


def test_an_entry_that_the_index_refuses_is_quarantined_and_the_others_stay(corpus, sleep, clock):
    before = snapshot(corpus)
    lost = lose(corpus, 3)
    spoil_vector(corpus, corpus.records.get(Chunk, lost[0]))
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    after = heal(corpus, incident, sleep)
    assert after.state == "resolved"
    assert after.outcome == "2 entries restored, 1 refused by the index and quarantined"
    assert before.keys() - snapshot(corpus).keys() == {lost[0]}
    (held,) = corpus.records.scan(Quarantined, {"state": "held"})
    assert (held.check, held.value) == ("index", "the vector is zero and has no direction")
    clock.advance(corpus.settings.healing.window)
    assert sweep(corpus, RUN, sleep=sleep) == []


def test_what_died_after_it_was_announced_is_not_said_to_be_restored(corpus, sleep):
    """A killed healer had written its line, and an entry of it; then another of the document's chunks died."""
    lost = lose(corpus, 3)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    there = {each.id: each for each in corpus.records.scan(Chunk)}
    line = Repair(
        id="i/1/00/00000",
        incident=incident.id,
        action="upsert-from-truth",
        target=served(corpus).id,
        items=tuple(lost),
        state="started",
        epoch=1,
        run=RUN,
        started_at=corpus.records.now(),
    )
    dead = there[lost[0]]
    head = corpus.records.get(Document, dead.document)
    corpus.records.put([dead.but(live=False)])
    corpus.records.put([head.but(chunks=head.chunks - 1)])
    finished = []

    class Lines:
        def lines(self):
            return [line]

        def begin(self, items):
            raise AssertionError("nothing else is missing")

        def finish(self, line, detail):
            finished.append(detail)

    work = Work(
        corpus, incident, {"generation": line.target}, Lines(), InProcessOrchestrator(corpus, RUN), random.Random(0)
    )
    assert UpsertFromTruth().run(work).detail == f"2 entries restored in {line.target}"
    assert finished == ["2 entries restored, 1 needed nothing any more"]
    assert lost[0] not in snapshot(corpus)


def test_what_a_publish_refused_is_not_missing(corpus, clock):
    seed(corpus, documents=21)
    refused = next(corpus.records.scan(Chunk, {"document": _newest_document(corpus)}))
    spoil_vector(corpus, refused)
    clock.advance(60)
    publish(corpus, RUN)
    assert corpus.records.count(Quarantined, {"state": "held"}) == 1
    assert refused.id not in snapshot(corpus)
    assert detector_named(corpus, "missing-chunks", grace=0).detect() == []


def _newest_document(platform):
    return next(each.id for each in platform.records.scan(Document) if each.external_id == "020.md")
