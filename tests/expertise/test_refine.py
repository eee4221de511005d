"""From stored trajectories to patterns, on the real embedded store."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from autorefine.config import RefineConfig
from autorefine.loop import AutoRefine
from autorefine.pattern import Pattern
from autorefine.repository import VersionConflict
from autorefine.trajectory import Trajectory
from kintsugi.errors import ConflictError
from kintsugi.expertise.gather import store
from kintsugi.expertise.refine import OVERLAP, PASS, WATERMARK, refine
from kintsugi.expertise.repository import MEMORY, StoredPatterns
from kintsugi.observe.learned import learned
from kintsugi.platform import Platform
from kintsugi.records import LoopState, Quarantined, StoredPattern, StoredTrajectory, Watermark
from tests.autorefine.runs import planted
from tests.builders import RUN


class Killed(Exception):
    """The process is gone."""


def gathered(platform: Platform, runs: Iterable[Trajectory]) -> int:
    return store(platform.records, "test", runs)


def contents(platform: Platform) -> dict[str, object]:
    """Return the patterns without the number of times that each was written."""
    return {each.id: each.body | {"version": 0} for each in platform.records.scan(StoredPattern)}


def test_stored_trajectories_become_patterns_with_evidence_that_leads_back(platform):
    gathered(platform, planted(300))
    report = refine(platform, RUN)
    assert (report["n"], report["new"], report["refused"]) == (300, 300, 0)
    assert report["states"]["active"] >= 1
    active = Pattern.from_document(next(platform.records.scan(StoredPattern, {"state": "active"})).body)
    assert all(platform.records.get(StoredTrajectory, each.trajectory) for each in active.evidence)
    assert learned(platform.records).patterns[0].state == "active"
    assert json.loads(json.dumps(report)) == report


def test_a_second_pass_without_news_changes_no_pattern_and_no_memory(platform):
    gathered(platform, planted(200))
    refine(platform, RUN)
    patterns = list(platform.records.scan(StoredPattern))
    memory = platform.records.get(LoopState, MEMORY)
    report = refine(platform, RUN)
    assert (report["new"], report["extractions"], report["decisions"]) == (0, 0, [])
    assert list(platform.records.scan(StoredPattern)) == patterns
    assert platform.records.get(LoopState, MEMORY) == memory


def test_only_what_has_come_since_is_read_and_a_slow_writer_is_not_missed(platform, clock):
    gathered(platform, planted(30))
    refine(platform, RUN)
    slow = StoredTrajectory(
        id="slow",
        origin="test",
        gathered_at=clock() - OVERLAP / 2,
        body=next(planted(1, prefix="slow")).to_document() | {"id": "slow"},
    )
    platform.records.insert(slow)
    clock.advance(2 * OVERLAP)
    gathered(platform, planted(10, prefix="later"))
    assert (refine(platform, RUN)["new"], platform.records.get(Watermark, WATERMARK).at) == (11, clock())
    clock.advance(2 * OVERLAP)
    assert refine(platform, RUN)["known"] == 10
    assert refine(platform, RUN)["known"] == 0


def test_trajectories_that_were_too_few_are_learned_from_with_the_next_ones(platform):
    runs = list(planted(12))
    gathered(platform, runs[:6])
    assert refine(platform, RUN)["extractions"] == 0
    gathered(platform, runs[6:])
    assert refine(platform, RUN)["extractions"] == 1


@pytest.mark.parametrize("survived", [0, 11, 21])
def test_a_pass_that_was_killed_is_continued_to_the_same_result(platform, settings, tmp_path, monkeypatch, survived):
    gathered(platform, planted(250))
    learn = AutoRefine._learn
    batches = 0

    def dying(self, state):
        nonlocal batches
        batches += 1
        decisions = learn(self, state)
        if batches > survived:
            raise Killed
        return decisions

    monkeypatch.setattr(AutoRefine, "_learn", dying)
    with pytest.raises(Killed):
        refine(platform, RUN)
    assert platform.records.get(LoopState, PASS) is not None
    monkeypatch.setattr(AutoRefine, "_learn", learn)
    assert refine(platform, RUN)["n"] == 250
    assert platform.records.get(LoopState, PASS) is None

    calm = Platform(settings.model_copy(update={"var": tmp_path / "calm"}), platform.clock)
    gathered(calm, planted(250))
    refine(calm, RUN)
    assert contents(platform) == contents(calm)
    calm.close()


def test_what_was_stored_while_a_killed_pass_lay_there_is_learned_when_it_is_continued(platform, clock):
    begun = {"since": 0.0, "until": clock(), "after": "~ behind every id"}
    platform.records.put([LoopState(id=PASS, body=begun)])
    clock.advance(2 * OVERLAP)
    gathered(platform, planted(10))
    assert refine(platform, RUN)["new"] == 10
    assert platform.records.get(Watermark, WATERMARK).at == clock()


def test_an_outcome_that_is_corrected_later_is_corrected_in_the_evidence(platform, clock):
    runs = list(planted(60))
    gathered(platform, runs)
    refine(platform, RUN)
    pattern = next(each for each in StoredPatterns(platform.records).all() if each.evidence)
    wrong = next(each for each in runs if each.id == pattern.evidence[0].trajectory)
    clock.advance(2 * OVERLAP)
    gathered(platform, [replace(wrong, success=not wrong.success)])
    report = refine(platform, RUN)
    assert (report["new"], report["changed"], report["n"]) == (0, 1, 60)
    corrected = StoredPatterns(platform.records).get(pattern.id)
    assert corrected.evidence[0].success is not wrong.success
    (told,) = (each for each in StoredPatterns(platform.records).history(pattern.id) if each.gate == "outcomes")
    assert (wrong.id in told.reason, told.at) == (True, clock())


def test_what_has_no_outcome_yet_waits_in_the_truth_until_it_has_one(platform, clock):
    (late,) = planted(1)
    gathered(platform, [replace(late, success=None)])
    assert (refine(platform, RUN)["waiting"], refine(platform, RUN)["n"]) == (1, 0)
    clock.advance(2 * OVERLAP)
    gathered(platform, [late])
    assert refine(platform, RUN)["new"] == 1


def test_a_run_that_was_learned_from_and_is_contradicted_later_leaves_the_window(platform, clock):
    runs = list(planted(40))
    gathered(platform, runs)
    refine(platform, RUN)
    clock.advance(2 * OVERLAP)
    gathered(platform, [replace(runs[0], success=success) for success in (True, False)])
    report = refine(platform, RUN)
    assert (report["new"], report["changed"], report["n"]) == (0, 0, 40)
    assert platform.records.get(StoredTrajectory, runs[0].id).body["success"] is None
    assert [each.id for each in StoredPatterns(platform.records).load_state().window] == [each.id for each in runs[1:]]


def test_the_history_is_told_oldest_first_whatever_the_ids(platform):
    gathered(platform, planted(300))
    refine(platform, RUN)
    patterns = StoredPatterns(platform.records)
    told = list(patterns.history())
    assert told == sorted(told, key=lambda each: each.order)
    active = next(patterns.all("active"))
    mine = [each for each in told if each.pattern == active.id]
    assert list(patterns.history(active.id)) == mine
    assert (mine[0].was, mine[-1].now) == (None, "active")


def test_a_trajectory_that_cannot_be_read_is_quarantined_and_the_rest_goes_on(platform):
    gathered(platform, planted(10))
    platform.records.insert(StoredTrajectory(id="bad", origin="test", gathered_at=1e6, body={"id": "bad"}))
    report = refine(platform, RUN)
    assert (report["new"], report["refused"]) == (10, 1)
    (held,) = platform.records.scan(Quarantined, {"source": "trajectories"})
    assert (held.item, held.check) == ("bad", "trajectory")
    assert "Trajectory.task" in held.value


def test_two_passes_at_once_do_not_both_win(platform, monkeypatch):
    gathered(platform, planted(10))
    rival = StoredPatterns(platform.records)
    save = StoredPatterns.save_state

    def beaten(self, state):
        monkeypatch.setattr(StoredPatterns, "save_state", save)
        AutoRefine(rival).refine(planted(10))
        return save(self, state)

    monkeypatch.setattr(StoredPatterns, "save_state", beaten)
    with pytest.raises(ConflictError, match="another pass"):
        refine(platform, RUN)
    assert refine(platform, RUN)["n"] == 10


def test_the_memory_stays_small_and_the_window_is_read_from_the_truth(platform):
    gathered(platform, planted(60))
    refine(platform, RUN, RefineConfig(window=25))
    body = platform.records.get(LoopState, MEMORY).body
    assert len(body["window"]) == 25
    assert all(isinstance(each, str) for each in body["window"])
    platform.records.delete(StoredTrajectory, body["window"][:5])
    assert [each.id for each in StoredPatterns(platform.records).load_state().window] == body["window"][5:]


def test_a_pattern_is_stored_by_compare_and_set(platform):
    gathered(platform, planted(100))
    refine(platform, RUN)
    patterns = StoredPatterns(platform.records)
    pattern = next(patterns.all())
    assert patterns.put(pattern) == patterns.get(pattern.id)
    with pytest.raises(VersionConflict):
        patterns.put(pattern)
