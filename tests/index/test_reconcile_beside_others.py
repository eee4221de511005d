"""Reconcile beside ingests, publishers and itself, and when it is killed."""

import random
import threading

import pytest

from kintsugi.errors import ConflictError, StoreUnavailable
from kintsugi.index.publish import publish
from kintsugi.index.reconcile import reconcile
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, RunRef
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import Killed, seed, served, snapshot
from tests.index.corpus import bury, lines, store
from tests.index.drifting import NO_WAIT, Interfering, bookkeeping, drift, failing_at, let_drift, run

LATER = RunRef(dag="test", run_id="run-2")


@pytest.fixture
def corpus(platform, clock):
    """Twenty published documents of three chunks each."""
    seed(platform, documents=20)
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    return platform


def equal_to_the_truth(platform) -> bool:
    return not drift(platform, served(platform))


def one_lost_page(platform, clock) -> None:
    store(platform, "page.md", ["First passage.", "Second passage."])
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    live = [each.id for each in platform.records.scan(Chunk, {"live": True}) if each.text == "First passage."]
    platform.index.delete(served(platform).id, live)


def change_and_publish(platform, clock, change) -> None:
    change()
    clock.advance(1)
    publish(platform, RUN)
    clock.advance(1)


@pytest.mark.parametrize("then", ["edited", "deleted", "shortened"])
@pytest.mark.parametrize("moment", [("write", 1), ("refresh", 2)], ids=["before the write", "after the write"])
def test_a_document_that_changes_while_its_entry_is_restored_ends_as_the_truth_says(corpus, clock, then, moment):
    changes = {
        "edited": lambda: store(corpus, "page.md", ["First passage.", "Another second passage."]),
        "deleted": lambda: bury(corpus, "page.md"),
        "shortened": lambda: store(corpus, "page.md", ["Second passage."]),
    }
    one_lost_page(corpus, clock)
    method, call = moment
    racing = Interfering(corpus.index, method, lambda: change_and_publish(corpus, clock, changes[then]), call)
    run(corpus.using(index=racing))
    assert equal_to_the_truth(corpus)


def test_a_chunk_that_comes_back_right_before_its_entry_is_deleted_stays(corpus, clock):
    texts = ["First passage.", "Second passage."]
    store(corpus, "page.md", texts)
    clock.advance(60)
    publish(corpus, RUN)
    first = {each.id: each for each in corpus.index.entries(served(corpus).id)}
    clock.advance(60)
    change_and_publish(corpus, clock, lambda: store(corpus, "page.md", texts[1:]))
    clock.advance(60)
    gone = [each for id, each in first.items() if id not in snapshot(corpus)]
    corpus.index.write(served(corpus).id, gone)
    back = Interfering(
        corpus.index, "delete", lambda: change_and_publish(corpus, clock, lambda: store(corpus, "page.md", texts))
    )
    assert run(corpus.using(index=back)).confirmed["orphaned"] == 1
    assert equal_to_the_truth(corpus)
    assert gone[0].id in snapshot(corpus)


def test_writers_and_two_reconciles_at_once_end_with_the_truth(corpus, clock):
    """Real threads: a publisher that edits and deletes, somebody who damages, and two that repair."""
    failures: list[BaseException] = []
    over = threading.Event()

    def guarded(work, name):
        def forever():
            mine = Platform(corpus.settings, clock).using(embedder=HashEmbedder())
            try:
                work(mine, random.Random(name))
            except BaseException as error:
                failures.append(error)
                raise
            finally:
                over.set() if name == "editor" else None
                mine.close()

        return threading.Thread(target=forever, name=name)

    def edit(mine, rng):
        for round in range(12):
            name = f"{rng.randrange(6)}.md"
            bury(mine, name, missing_ok=True) if round % 4 == 3 else store(
                mine, name, [f"Text {round}.", f"More {rng.random()}."]
            )
            clock.advance(30)
            publish(mine, RUN)
            shown = [each.id for each in mine.index.entries(served(mine).id)]
            mine.index.delete(served(mine).id, rng.sample(shown, 2))

    def repair(mine, rng):
        while not over.is_set():
            try:
                reconcile(mine, RunRef(dag="test", run_id=threading.current_thread().name), wait=NO_WAIT)
            except ConflictError:
                continue

    threads = [guarded(edit, "editor"), guarded(repair, "one"), guarded(repair, "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert failures == []
    clock.advance(corpus.settings.healing.lease)
    assert run(corpus).equal
    publish(corpus, RUN)
    assert run(corpus).equal
    assert equal_to_the_truth(corpus)
    assert {each["id"] for each in lines(corpus)} == {each.id for each in corpus.records.scan(Chunk, {"live": True})}


@pytest.mark.parametrize(
    ("end", "before"),
    [(Killed, True), (StoreUnavailable, True), (StoreUnavailable, False)],
    ids=["killed", "refused a write", "not told that a write was done"],
)
def test_stopped_at_any_write_the_next_run_completes_it(corpus, clock, end, before):
    whole = snapshot(corpus)
    stops = 0
    while True:
        let_drift(corpus, 2, seed=stops)
        try:  # who is killed right after a write leaves what one killed right before the next write leaves
            run(failing_at(corpus, stops, end, before=before))
        except end:
            stops += 1
            clock.advance(corpus.settings.healing.lease)
            again = reconcile(corpus, LATER, wait=NO_WAIT)
            assert again.equal
            assert snapshot(corpus) == whole
            assert bookkeeping(corpus)[0] == 0
            assert run(corpus).writes == 0
        else:
            break
    assert stops > 8, "a reconcile that writes so little was not stopped everywhere"


def test_a_reconcile_that_wakes_up_late_still_ends_with_the_truth(corpus, clock):
    """It slept past its lease right before it wrote; another one has repaired meanwhile, and the truth has moved on."""
    one_lost_page(corpus, clock)

    def meanwhile():
        clock.advance(corpus.settings.healing.lease + 1)
        assert reconcile(corpus, LATER, wait=NO_WAIT).equal
        change_and_publish(corpus, clock, lambda: bury(corpus, "page.md"))

    sleepy = corpus.using(index=Interfering(corpus.index, "write", meanwhile))
    run(sleepy)
    assert equal_to_the_truth(corpus)
    assert corpus.records.count(Document, {"deleted_at": None}) == 20
