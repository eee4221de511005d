"""Active patterns become documents, and answers that cite them are counted."""

import shutil
from dataclasses import replace

import pytest

from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.repository import TRIES
from autorefine.trace import trace_of
from kintsugi.documents.identity import document_id
from kintsugi.errors import ConflictError
from kintsugi.expertise.changes import decide
from kintsugi.expertise.publish import publish_patterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.source import EXPERTISE, PARTITION, external_id_of, pattern_of
from kintsugi.expertise.usage import ASKED, record_retrieved
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Partition, RunRef, StoredPattern
from kintsugi.retrieval import hybrid
from kintsugi.stores.search import Scope
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

RUNS = [trace_of(each) for each in planted(60)]


def run(number: int) -> RunRef:
    return RunRef(dag="refine", run_id=f"run-{number}")


def stored(platform: Platform, *actions: str, state: str = "active") -> Pattern:
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, guard=GUARD, state=state))


def living(platform: Platform) -> dict[str, Document]:
    documents = platform.records.scan(Document, {"source": EXPERTISE, "deleted_at": None})
    return {each.external_id: each for each in documents}


def test_active_patterns_become_documents_that_lead_back_to_the_runs(platform):
    active = stored(platform, LOOK_UP)
    stored(platform, "guess", state="candidate")
    stored(platform, "wait", state="retired")
    partition = publish_patterns(platform, run(1))
    assert (partition.id, partition.state, partition.written) == ("expertise@all", "committed", 1)
    (document,) = living(platform).values()
    assert document.external_id == external_id_of(active.id)
    assert document.title == active.name
    assert document.labels.trust == "reviewed"
    assert document.metadata["pattern"] == active.id
    assert set(document.metadata["trajectories"].split()) <= {each.trajectory for each in active.evidence}
    text = " ".join(each.text for each in platform.records.scan(Chunk, {"document": document.id, "live": True}))
    assert "95 % interval" in text


def test_the_same_patterns_twice_write_nothing(platform):
    stored(platform, LOOK_UP)
    publish_patterns(platform, run(1))
    before = living(platform)
    again = publish_patterns(platform, run(2))
    assert (again.written, again.deleted, again.skipped) == (0, 0, 1)
    assert living(platform) == before


def test_use_is_not_published_and_new_evidence_is(platform):
    active = stored(platform, LOOK_UP)
    publish_patterns(platform, run(1))
    record_retrieved(platform, [external_id_of(active.id)])
    assert publish_patterns(platform, run(2)).written == 0
    patterns = StoredPatterns(platform.records)
    counted = patterns.get(active.id)
    patterns.put(replace(counted, evidence=counted.evidence[:-7]))
    assert publish_patterns(platform, run(3)).written == 1


def test_a_retired_patterns_document_is_deleted(platform):
    gone, stays = stored(platform, LOOK_UP), stored(platform, "guess")
    publish_patterns(platform, run(1))
    StoredPatterns(platform.records).put(replace(gone, state="retired"))
    assert publish_patterns(platform, run(2)).deleted == 1
    assert list(living(platform)) == [external_id_of(stays.id)]
    assert platform.records.get(Document, document_id(EXPERTISE, external_id_of(gone.id))).deleted_at is not None


def test_most_patterns_that_stop_holding_at_once_leave_the_served_index_at_once(platform):
    made = [stored(platform, f"look {number}") for number in range(30)]
    stays = made[:2]
    assert len(served(platform)) == 30
    for each in made[2:]:
        StoredPatterns(platform.records).put(replace(each, state="candidate"))
    assert served(platform) == {each.id for each in stays}
    partition = platform.records.get(Partition, Partition.key_of(EXPERTISE, PARTITION))
    assert (partition.state, partition.deleted) == ("committed", 28)


def test_a_withdrawal_gets_through_where_nothing_can_be_taken_in(platform, settings):
    gone, stays = stored(platform, LOOK_UP), stored(platform, "guess")
    served(platform)
    StoredPatterns(platform.records).put(replace(gone, state="retired"))
    shutil.rmtree(settings.staging_path)
    settings.staging_path.write_text("a file where the shards should go")
    with pytest.raises(OSError, match="staging"):
        publish_patterns(platform, run(2))
    assert list(living(platform)) == [external_id_of(stays.id)]
    settings.staging_path.unlink()
    partition = publish_patterns(platform, run(2))
    assert (partition.state, partition.deleted) == ("committed", 1)


def test_a_rollback_takes_the_descendants_out_of_the_served_index_and_a_restoration_brings_them_back(platform):
    parent = stored(platform, LOOK_UP, state="retired")
    child = StoredPatterns(platform.records).put(pattern(RUNS, "guess", state="active", parents=(parent.id,)))
    other = stored(platform, "wait")
    assert served(platform) == {child.id, other.id}
    why = {"reason": "drawn from corrupted runs", "by": "an operator"}
    decide(platform, "rollback", parent.id, **why)
    assert served(platform) == {other.id}
    decide(platform, "restore", parent.id, **why)
    assert served(platform) == {child.id, other.id}
    told = [(each.was, each.now, each.by) for each in StoredPatterns(platform.records).history(child.id)]
    assert told == [("active", "retired", "an operator"), ("retired", "active", "an operator")]


def served(platform: Platform) -> set[str]:
    """Publish, and return the patterns whose documents the real embedded index serves."""
    publish_patterns(platform, run(1))
    publish(platform, run(1))
    found = hybrid.retrieve(platform, "list tables guess wait look", 50, Scope(principals=None, sources=(EXPERTISE,)))
    documents = platform.records.get_many(Document, {each.entry.document for each in found.found} if found else ())
    return {pattern_of(each.external_id) for each in documents.values()}


def test_a_platform_that_has_learned_nothing_publishes_nothing(platform):
    partition = publish_patterns(platform, run(1))
    assert (partition.state, partition.written, partition.deleted) == ("committed", 0, 0)


def test_a_cited_pattern_counts_as_retrieved_once_an_answer(platform):
    cited, other = stored(platform, LOOK_UP), stored(platform, "guess")
    ids = [external_id_of(cited.id), external_id_of(cited.id), external_id_of("unknown")]
    assert record_retrieved(platform, ids) == 1
    assert record_retrieved(platform, ids) == 1
    patterns = StoredPatterns(platform.records)
    assert patterns.get(cited.id).counters == {ASKED: Counters(2, 0, 0)}
    assert patterns.get(other.id).counters == {}


@pytest.mark.parametrize(("defeats", "counted"), [(TRIES - 1, 1), (TRIES, 0)])
def test_a_count_that_loses_is_tried_again_a_few_times_and_never_fails_the_answer(
    platform, monkeypatch, defeats, counted
):
    cited = stored(platform, LOOK_UP)
    replace_record = type(platform.records).replace
    lost = 0

    def contended(self, record):
        nonlocal lost
        if isinstance(record, StoredPattern) and lost < defeats:
            lost += 1
            raise ConflictError("pattern: another writer was faster")
        return replace_record(self, record)

    monkeypatch.setattr(type(platform.records), "replace", contended)
    assert record_retrieved(platform, [external_id_of(cited.id)]) == counted
    assert StoredPatterns(platform.records).get(cited.id).usage.retrieved == counted
