"""What patterns are worth is measured on groups that were not learnt from."""

import json
import lzma
import random

import numpy as np
import pytest

from autorefine.config import RefineConfig
from kintsugi.bench.refine.measure import measure
from kintsugi.bench.refine.outcome import folds
from kintsugi.bench.refine.permuted import measure_permuted_stream, shuffled
from kintsugi.bench.refine.ranking import auroc, cluster_interval
from kintsugi.bench.refine.runs import read_runs, read_trajectories
from kintsugi.errors import ConfigurationError

HISTORY = [{"content": "plan", "name": "planner"}, {"content": "done 12", "name": "worker"}]


def run(number, rng, group):
    """A run of an agent that is stuck half of the time, and then seldom succeeds."""
    stuck = rng.random() < 0.5
    success = rng.random() < (0.1 if stuck else 0.8)
    actions = ["try", "try", "try", "end"] if stuck else ["try", "look", "think", "end"]
    steps = [{"action": each, "observation": "ok", "reward": 0} for each in actions]
    steps[-1]["reward"] = float(success)
    return {
        "run_id": f"r{group}{number}",
        "agent": "a",
        "strategy": "s",
        "task_id": f"t{group}#{number}",
        "task": "do it",
        "group": group,
        "success": success,
        "steps": steps,
    }


@pytest.fixture
def train(tmp_path):
    rng = random.Random(0)
    path = tmp_path / "train.jsonl.xz"
    with lzma.open(path, "wt") as file:
        file.writelines(json.dumps(run(n, rng, f"g{g}")) + "\n" for g in range(8) for n in range(40))
    return path


def only(rows, part):
    return [row for row in rows if row["part"] == part]


def test_outcomes_are_predicted_on_groups_left_out(train):
    rows = list(measure([train], parts=["outcome"]))
    (patterns,) = [row for row in rows if row["by"] == "patterns"]
    assert (patterns["agent"], patterns["n"], patterns["groups"]) == ("a", 320, 8)
    assert patterns["auroc_low"] > 0.7
    assert patterns["auroc_low"] <= patterns["auroc"] <= patterns["auroc_high"]


def test_test_runs_of_known_groups_are_left_out(train, tmp_path):
    rng = random.Random(1)
    path = tmp_path / "test.jsonl"
    runs = [run(n, rng, group) for group in ("g1", "new") for n in range(100)]
    path.write_text("".join(json.dumps(each) + "\n" for each in runs))
    (patterns,) = [row for row in measure([train], [path], parts=["outcome"]) if row["by"] == "patterns"]
    assert (patterns["n"], patterns["groups"]) == (100, 1)


def test_a_run_that_was_solved_by_then_is_not_predicted(tmp_path):
    path = tmp_path / "runs.jsonl"
    solved = run(0, random.Random(0), "g")
    solved["steps"][1]["reward"] = 1.0
    path.write_text(json.dumps(solved) + "\n\n")
    (read,) = read_runs([path], "group")
    assert read.still_open(1)
    assert not read.still_open(3)


def test_shuffled_outcomes_admit_less_than_real_ones(train):
    advice, signs = only(measure([train], parts=["permuted"], seeds=3), "permuted")
    assert (advice["kind"], signs["kind"], signs["seeds"]) == ("advice", "signs", 3)
    assert signs["real_admitted"] > signs["most_admitted"]


def test_shuffling_keeps_how_often_each_agent_succeeds(train):
    traces = [each.trace for each in read_runs([train], "group")]
    assert sum(t.success for t in shuffled(traces, 1)) == sum(t.success for t in traces)
    assert [t.success for t in shuffled(traces, 1)] != [t.success for t in traces]


def test_shuffling_keeps_runs_of_one_task_as_alike_as_they_were(tmp_path):
    rng = random.Random(0)
    path = tmp_path / "runs.jsonl"
    runs = [
        {
            **run(0, rng, "g"),
            "run_id": f"{task}{agent}",
            "task_id": f"t{task}",
            "agent": agent,
            "success": task % 2 == 0,
        }
        for task in range(20)
        for agent in ("a", "b")
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in runs))
    traces = shuffled([each.trace for each in read_runs([path], "group")], 1)
    assert all(one.success == other.success for one, other in zip(traces[::2], traces[1::2], strict=True))
    assert [each.success for each in traces[::2]] != [task % 2 == 0 for task in range(20)]


def test_the_stream_has_a_row_for_each_of_four_ways(train):
    rows = only(measure([train], parts=["stream"]), "stream")
    *ways, level = rows
    assert {(row["by"], row["gates"], row["maintenance"]) for row in ways} == {
        (by, gates, way)
        for by in ("counts", "counts of the version", "refitted")
        for gates in ("on", "off")
        for way in ("bounded", "paper")
    }
    assert {row["n"] for row in rows} == {320}
    assert 0.6 < level["log_loss"] < 0.75
    assert all(row["over_level_low"] > 0.05 for row in ways if row["by"] == "refitted")
    ours = [row["log_loss"] for row in ways if row["maintenance"] == "bounded" and row["by"] != "refitted"]
    assert ours[:2] == ours[2:]


def test_the_loop_holds_next_to_nothing_active_while_outcomes_are_shuffled(train):
    rows = list(measure_permuted_stream(list(read_trajectories(train)), RefineConfig(window=400), print, seeds=10))
    assert [(row["kind"], row["streams"], row["sittings"]) for row in rows] == [("advice", 2, 6), ("signs", 2, 6)]
    assert all(row["false_share"] <= row["rate"] for row in rows)


def test_what_cannot_be_measured_is_said_and_no_row(tmp_path):
    path, said = tmp_path / "runs.jsonl", []
    path.write_text(json.dumps(run(0, random.Random(0), "g")) + "\n")
    assert list(measure([path], parts=["outcome", "stream"], say=said.append)) == []
    assert "no agent version has 20" in said[0]


def test_failures_are_attributed_beside_simple_answers(tmp_path):
    path = tmp_path / "failures.jsonl"
    path.write_text(json.dumps({"history": HISTORY, "mistake_agent": "Worker", "mistake_step": "1"}) + "\n")
    rows = {row["by"]: row for row in measure([path])}
    assert rows["last speaker"]["agent"] == rows["last speaker"]["step"] == 1.0
    assert set(rows) == {"attribution", "last speaker", "most frequent speaker", "random"}


def test_speed_counts_runs_and_steps(train):
    (row,) = measure([train], parts=["speed"])
    assert (row["n"], row["steps"]) == (320, 1280)
    assert row["per_second"] > 0


def test_a_bad_line_is_named(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text('{"run_id": 1}\n')
    with pytest.raises(ConfigurationError, match=r"runs\.jsonl") as refused:
        list(measure([path], parts=["outcome"]))
    assert "line 1" in refused.value.got


@pytest.mark.parametrize(("options", "named"), [({"parts": ["luck"]}, "luck"), ({"group_by": "mood"}, "mood")])
def test_an_unknown_part_or_grouping_is_named(train, options, named):
    with pytest.raises(ConfigurationError, match=named):
        list(measure([train], **options))


def test_groups_are_dealt_into_at_most_twelve_parts(train):
    parts = folds(read_runs([train], "task"))
    assert len(parts) == 12
    assert sum(map(len, parts)) == 320


def test_the_area_counts_pairs_and_ties_half():
    assert auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1.0])) == 0.75
    assert auroc(np.array([0.5, 0.5]), np.array([0, 1.0])) == 0.5
    low, high = cluster_interval(np.array([0.1, 0.9] * 20), np.array([0, 1.0] * 20), ["a", "b"] * 20)
    assert np.isnan(low) or low <= high
