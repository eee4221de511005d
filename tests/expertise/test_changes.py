"""What a person decides about patterns reaches the index that answers, and can be taken back."""

import pytest

from autorefine.pattern import Pattern
from autorefine.trace import trace_of
from kintsugi.errors import TerminalError
from kintsugi.expertise.changes import decide, rehearse
from kintsugi.expertise.publish import publish_patterns
from kintsugi.expertise.repository import MEMORY, StoredPatterns
from kintsugi.expertise.source import EXPERTISE, pattern_of
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Document, LoopState, PatternDecision, StoredTrajectory
from tests.autorefine.runs import GUARD, pattern, planted
from tests.builders import RUN

RUNS = [trace_of(each) for each in planted(40)]


def put(platform: Platform, action: str, *parents: Pattern) -> Pattern:
    ids = tuple(each.id for each in parents)
    return StoredPatterns(platform.records).put(pattern(RUNS, action, guard=GUARD, state="active", parents=ids))


def answering(platform: Platform, clock) -> set[str]:
    """Publish, and return the patterns whose documents the serving index holds then."""
    clock.advance(60)
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    entries = platform.index.entries(serving(platform.records).id)
    documents = platform.records.get_many(Document, {each.document for each in entries if each.source == EXPERTISE})
    return {pattern_of(each.external_id) for each in documents.values()}


def test_a_rolled_back_pattern_and_its_descendants_leave_the_served_index_and_come_back_on_restore(platform, clock):
    parent = put(platform, "parent")
    child = put(platform, "child", parent)
    grandchild = put(platform, "grandchild", child)
    other = put(platform, "other")
    everything = {parent.id, child.id, grandchild.id, other.id}
    assert answering(platform, clock) == everything
    decide(platform, "rollback", child.id, reason="drawn from corrupted runs", by="an operator")
    assert answering(platform, clock) == {parent.id, other.id}
    decide(platform, "restore", child.id, reason="they were fine", by="an operator")
    assert answering(platform, clock) == everything


def test_a_decision_is_kept_with_who_why_and_what_the_pattern_said(platform, clock):
    known = put(platform, "look")
    decide(platform, "retire", known.id, reason="it  misleads\n", by="an operator")
    (kept,) = platform.records.scan(PatternDecision, {"pattern": known.id})
    assert (kept.was, kept.now, kept.gate, kept.by, kept.reason) == (
        "active",
        "retired",
        "lineage",
        "an operator",
        "it misleads",
    )
    assert (kept.said, kept.at) == (known.guideline, clock())
    assert kept.numbers["support_followed"] == known.support.followed


def test_a_rehearsal_says_the_same_and_changes_nothing(platform):
    known = put(platform, "look")
    child = put(platform, "child", known)
    said = rehearse(platform, "rollback", known.id)
    assert {each.pattern for each in said} == {known.id, child.id}
    assert {each.state for each in StoredPatterns(platform.records).all()} == {"active"}
    assert list(platform.records.scan(PatternDecision)) == []


@pytest.mark.parametrize("verb", ["retire", "rollback", "restore"])
def test_a_decision_about_nothing_is_refused(platform, verb):
    with pytest.raises(TerminalError, match="not known"):
        decide(platform, verb, "nobody", reason="it misleads", by="an operator")


class NoTrajectories:
    """Records of which no trajectory may be read."""

    def __init__(self, records):
        self._records = records

    def __getattr__(self, name):
        def asked(kind, *rest, **named):
            assert kind is not StoredTrajectory
            return getattr(self._records, name)(kind, *rest, **named)

        return asked if name in ("get", "get_many", "scan", "latest") else getattr(self._records, name)


@pytest.mark.parametrize("verb", ["retire", "rollback"])
def test_a_decision_reads_none_of_the_runs_that_the_loop_remembers(platform, verb):
    platform.records.insert_missing(
        StoredTrajectory(id=each.id, origin="agents", gathered_at=1.0, body={}) for each in planted(40)
    )
    window = [each.id for each in planted(40)]
    platform.records.insert(LoopState(id=MEMORY, body={"n": 40, "pending": 0, "window": window, "seen": {}}))
    known = put(platform, "known")
    spared = platform.using(records=NoTrajectories(platform.records))
    rehearse(spared, verb, known.id)
    decide(spared, verb, known.id, reason="no", by="ada")
    (told,) = platform.records.scan(PatternDecision)
    assert told.n == 40
