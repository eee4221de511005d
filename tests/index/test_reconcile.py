"""Truth and index are compared and made equal: what is found, what is repaired, what is left alone."""

from dataclasses import replace

import pytest

from kintsugi.documents import intake
from kintsugi.errors import ConflictError, DriftError, SafetyError, TerminalError, TransientError
from kintsugi.healing.lease import acquire
from kintsugi.index.publish import publish
from kintsugi.index.reconcile import reconcile, recount, require_equal
from kintsugi.index.reconciled import facts
from kintsugi.records import Chunk, Document, Quarantined, Reconciliation, RunRef, Suspect, Vector
from kintsugi.stores.search import WriteOutcome
from tests.builders import RUN, HashEmbedder, chunk
from tests.healing.conftest import digest_of, seed, served, snapshot
from tests.healing.test_repair_beside_others import TEXT, kill_an_ingest_between_chunks_and_heads, spoil_vector
from tests.index.drifting import NO_WAIT, bookkeeping, drift, let_drift, run


@pytest.fixture
def corpus(platform, clock):
    """Forty published documents of three chunks each."""
    seed(platform, documents=40)
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    return platform


@pytest.mark.parametrize("chaos", range(4))
def test_what_is_missing_stale_or_orphaned_is_made_equal_to_the_truth_to_the_byte(corpus, chaos):
    before, embedded = snapshot(corpus), len(corpus.embedder.embedded)
    let_drift(corpus, 2 + chaos, seed=chaos)
    outcome = run(corpus)
    each = 2 + chaos
    assert outcome.found == outcome.confirmed == {"missing": each, "stale": each, "orphaned": each}
    assert outcome.repaired.entries == 3 * each
    assert outcome.equal
    assert snapshot(corpus) == before
    assert len(corpus.embedder.embedded) == embedded, "vectors come from the cache"
    assert not drift(corpus, served(corpus))


def test_a_second_pass_writes_nothing_and_reads_no_rows_of_either_side(corpus):
    let_drift(corpus, 3)
    run(corpus)
    before = (snapshot(corpus), bookkeeping(corpus))
    again = run(corpus)
    assert (again.writes, again.differing, again.repaired.entries) == (0, 0, 0)
    assert again.rows_read <= 3, "the pointer and the generation"
    assert (snapshot(corpus), bookkeeping(corpus)) == before


def test_rows_are_read_in_proportion_to_the_drift(corpus):
    let_drift(corpus, 1)
    few = run(corpus).rows_read
    let_drift(corpus, 4)
    assert few < 60 < run(corpus).rows_read < 4.5 * few


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(corpus):
    let_drift(corpus, 2)
    before = (snapshot(corpus), bookkeeping(corpus))
    outcome = run(corpus, dry_run=True)
    assert outcome.confirmed == {"missing": 2, "stale": 2, "orphaned": 2}
    assert (outcome.writes, outcome.left, outcome.equal, outcome.needs_force) == (0, 6, False, False)
    assert (snapshot(corpus), bookkeeping(corpus)) == before == (before[0], (0, []))


def test_each_generation_keeps_how_its_last_reconcile_ended(corpus, clock):
    let_drift(corpus, 2)
    run(corpus, dry_run=True)
    assert corpus.records.count(Reconciliation) == 0
    run(corpus)
    (last,) = corpus.records.scan(Reconciliation)
    assert (last.id, last.found, last.repaired, last.left, last.run) == (
        served(corpus).id,
        {"missing": 2, "stale": 2, "orphaned": 2},
        6,
        0,
        RUN,
    )
    clock.advance(60)
    run(corpus)
    (again,) = corpus.records.scan(Reconciliation)
    assert (sum(again.found.values()), again.repaired, again.left, again.at) == (0, 0, 0, clock.now)


def test_no_notes_and_no_held_lease_are_left_behind(corpus, clock):
    let_drift(corpus, 2)
    run(corpus)
    assert corpus.records.count(Suspect) == 0
    acquire(corpus.records, f"reconcile/{served(corpus).id}", "another run", 10)


def test_what_is_right_again_after_the_grace_period_is_not_touched(corpus):
    before = {each.id: each for each in corpus.index.entries(served(corpus).id)}
    gone = let_drift(corpus, 1)["missing"]
    waited = []

    def wait(seconds):
        if not waited:
            corpus.index.write(served(corpus).id, [before[id] for id in gone])
        waited.append(seconds)

    outcome = run(corpus, wait=wait)
    assert outcome.found == {"missing": 1, "stale": 1, "orphaned": 1}
    assert outcome.confirmed == {"missing": 0, "stale": 1, "orphaned": 1}
    assert waited == [corpus.settings.healing.grace]
    assert outcome.equal


def test_without_a_difference_nobody_waits(corpus):
    assert run(corpus, wait=pytest.fail).equal


def test_only_a_vector_that_was_lost_is_embedded_again(corpus):
    before, embedded = snapshot(corpus), len(corpus.embedder.embedded)
    lost = corpus.records.get(Chunk, let_drift(corpus, 2)["missing"][0])
    corpus.records.delete(Vector, [Vector.key(served(corpus).fingerprint, lost.text_hash)])
    outcome = run(corpus)
    assert outcome.repaired.embedded == 1
    assert corpus.embedder.embedded[embedded:] == [lost.embedding_text()]
    assert snapshot(corpus) == before


def test_a_lost_vector_is_never_made_by_another_model_and_the_rest_is_repaired(corpus):
    lost = corpus.records.get(Chunk, let_drift(corpus, 2)["missing"][0])
    corpus.records.delete(Vector, [Vector.key(served(corpus).fingerprint, lost.text_hash)])
    other = corpus.using(embedder=HashEmbedder(model="another"))
    outcome = run(other)
    assert (outcome.repaired.entries, outcome.repaired.without_vector) == (5, 1)
    assert (outcome.left, outcome.equal) == (1, False)
    assert drift(corpus, served(corpus)).missing == {lost.id}
    assert recount(other, served(corpus).id, wait=NO_WAIT) == 1
    with pytest.raises(DriftError, match="1 entries are wrong after the repair"):
        require_equal(served(corpus).id, 1)


def test_what_is_not_published_yet_is_not_drift(corpus):
    seed(corpus, documents=43)
    (head,) = [each for each in corpus.records.scan(Document) if each.external_id == "001.md"]
    dead = list(corpus.records.scan(Chunk, {"document": head.id}))
    corpus.records.put(each.but(live=False) for each in dead)
    now = corpus.records.now()
    corpus.records.put([head.but(deleted_at=now, changed_at=now)])
    before = snapshot(corpus)
    outcome = run(corpus)
    assert outcome.differing > 0
    assert outcome.equal
    assert outcome.writes == 0
    assert snapshot(corpus) == before


@pytest.mark.parametrize("edited", [False, True], ids=["of a new document", "of an edited document"])
def test_an_ingest_that_was_killed_between_chunks_and_heads_is_left_to_the_next_ingest(corpus, clock, edited):
    page = corpus.settings.runbooks / "pumps.md"
    if edited:
        page.write_text(TEXT.format(first="Open the valve, then start the pump."))
        intake.ingest(corpus, "runbooks", "all", RUN)
        clock.advance(60)
        publish(corpus, RUN)
        clock.advance(60)
    page.write_text(TEXT.format(first="Ask the shift leader first."))
    before = snapshot(corpus)
    kill_an_ingest_between_chunks_and_heads(corpus)
    outcome = run(corpus)
    assert outcome.differing > 0
    assert (outcome.equal, outcome.writes) == (True, 0)
    assert snapshot(corpus) == before


def test_a_chunk_that_a_finished_document_no_longer_has_is_orphaned_also_where_its_text_is_the_same(corpus):
    document = next(corpus.records.scan(Document))
    first, *rest = corpus.records.scan(Chunk, {"document": document.id})
    corpus.records.put([first.but(live=False)])
    corpus.records.put([document.but(chunks=len(rest))])
    outcome = run(corpus)
    assert outcome.confirmed == {"missing": 0, "stale": 0, "orphaned": 1}
    assert first.id not in snapshot(corpus)


def test_an_entry_that_the_index_refuses_is_quarantined_once_and_is_no_drift_afterwards(corpus):
    gone = let_drift(corpus, 2)["missing"]
    spoil_vector(corpus, corpus.records.get(Chunk, gone[0]))
    outcome = run(corpus)
    assert (outcome.repaired.entries, outcome.repaired.refused, outcome.equal) == (5, 1, True)
    (held,) = corpus.records.scan(Quarantined, {"state": "held"})
    assert held.run == RUN
    again = run(corpus)
    assert (again.writes, again.equal) == (0, True)


def test_an_emptied_truth_does_not_empty_the_index(corpus):
    before = snapshot(corpus)
    for kind in (Chunk, Document):
        corpus.records.delete(kind, [each.id for each in corpus.records.scan(kind)])
    with pytest.raises(SafetyError, match="at most 24 of 120 entries") as refusal:
        run(corpus)
    assert "kintsugi reconcile --dry-run" in refusal.value.next_step
    assert snapshot(corpus) == before
    assert bookkeeping(corpus) == (0, [])
    assert run(corpus, dry_run=True).needs_force
    assert run(corpus, force=True).repaired.orphaned == 120
    assert snapshot(corpus) == {}


def test_a_large_drift_is_repaired_when_a_person_says_so(corpus):
    before = snapshot(corpus)
    corpus.index.delete(served(corpus).id, list(before))
    with pytest.raises(SafetyError):
        run(corpus)
    assert run(corpus, force=True).repaired.missing == 120
    assert snapshot(corpus) == before


def test_a_reconcile_that_finds_another_at_work_leaves_everything_to_it(corpus):
    before = let_drift(corpus, 2) and snapshot(corpus)
    acquire(corpus.records, f"reconcile/{served(corpus).id}", "another run", 60)
    with pytest.raises(ConflictError, match="held by another run"):
        run(corpus)
    assert snapshot(corpus) == before


def test_a_generation_is_reconciled_by_its_name(corpus, clock):
    first = served(corpus)
    other = corpus.using(embedder=HashEmbedder(dimension=32, model="another"))
    clock.advance(60)
    publish(other, RUN)
    second = max(each for each in corpus.index.names() if each != first.id)
    corpus.index.delete(first.id, [next(iter(corpus.index.entries(first.id))).id])
    assert run(corpus, generation=second).differing == 0
    assert run(other, generation=first.id).repaired.missing == 1
    with pytest.raises(TerminalError, match="generation nope: unknown"):
        run(corpus, generation="nope")


def test_before_anything_is_served_that_is_said(platform):
    with pytest.raises(TerminalError, match="no generation is served yet"):
        run(platform)


def test_what_goes_wrong_again_after_the_repair_is_no_success(corpus):
    class Forgetful:
        """An index that says it has written, and has not."""

        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def write(self, name, entries):
            return WriteOutcome(len(entries), {})

    let_drift(corpus, 1)
    with pytest.raises(TransientError, match="change while they are repaired"):
        run(corpus.using(index=Forgetful(corpus.index)))
    assert recount(corpus, served(corpus).id, wait=NO_WAIT) == 3
    assert run(corpus, generation=served(corpus).id).equal


def test_the_facts_are_flat_and_of_json_types(corpus):
    let_drift(corpus, 1)
    values = facts(run(corpus))
    assert {type(value) for value in values.values()} <= {str, int, float, bool}
    assert (values["repaired"], values["left"], values["equal"]) == (3, 0, True)


def test_a_chunk_whose_text_moved_in_its_document_is_stale_not_gone(corpus):
    document = next(corpus.records.scan(Document))
    each = next(corpus.records.scan(Chunk, {"document": document.id}))
    moved = each.but(start=each.start + 1, end=each.end + 1)
    corpus.records.put([moved.but(digest=digest_of(moved))])
    outcome = run(corpus)
    assert (outcome.confirmed["stale"], outcome.repaired.stale) == (1, 1)
    assert next(corpus.index.entries(served(corpus).id, [each.id])).start == moved.start


def test_a_run_of_another_name_may_follow_at_once(corpus):
    for number in range(3):
        let_drift(corpus, 1, seed=number)
        outcome = reconcile(corpus, RunRef(dag="cli", run_id=f"r{number}"), wait=NO_WAIT)
        assert outcome.equal


def test_entries_of_an_unknown_document_are_orphaned(corpus):
    name = served(corpus).id
    stranger = chunk("Nobody wrote this.")
    entry = next(iter(corpus.index.entries(name)))
    corpus.index.write(name, [replace(entry, id=stranger.id, document="f" * 32, bucket=stranger.bucket)])
    assert run(corpus).repaired.orphaned == 1
