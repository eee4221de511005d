"""Agents' runs as a source: their files, their documents, and what is learned from."""

import gzip
import json
import lzma
import os
import tracemalloc
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autorefine.trajectory import Step, Trajectory
from kintsugi.documents.identity import document_id
from kintsugi.documents.intake import ingest
from kintsugi.errors import DataError, SourceUnavailable
from kintsugi.expertise.gather import decide_outcome, store
from kintsugi.records import Document, DocumentVersion, Labels, Partition, Quarantined, RunRef, StoredTrajectory
from kintsugi.settings import load_settings
from kintsugi.sources.agents.source import AgentRunsSource
from kintsugi.sources.config import load_sources
from kintsugi.sources.places.local import LocalPlace
from kintsugi.sources.port import GivesTrajectories
from kintsugi.sources.registry import open_source
from tests.sources.agent_runs import messages, request, steps_run, trace


def source(root: Path, **changes: Any) -> AgentRunsSource:
    values = {"form": "auto", "outcome": "success", "max_bytes": 1_000_000}
    return AgentRunsSource("runs", LocalPlace("runs", root), Labels(), **(values | changes))


def write(path: Path, *documents: Any) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in documents))
    return path


def read(root: Path, **changes: Any) -> dict[str, str]:
    """What each item gives: its text, or the check that refused it."""
    found = {}
    for item in source(root, **changes).items():
        try:
            found[item.external_id] = item.read().decode()
        except DataError as error:
            found[item.external_id] = error.check
    return found


def configured(platform, options: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"sources:\n  runs: {{kind: trajectories, options: {options}}}\n")


def taken_in(platform, run: str) -> Partition:
    return ingest(platform, "runs", "all", RunRef(dag="test", run_id=run), accept_loss=True)


def test_a_run_is_a_readable_document_with_its_task_outcome_and_steps(tmp_path):
    write(tmp_path / "a.jsonl", steps_run())
    text = read(tmp_path)["r1"]
    assert text.startswith("# Success: Count the lines of all logs\n\nAgent `planner`, version `v3`: **success**")
    for part in ("(by field success) after 2 steps.", "### 1. `wc -l *.log`\n\n```\n12 total\n```", "### 2. `submit`"):
        assert part in text
    assert "0.5" not in text, "a reward is the outcome in disguise"


def test_the_same_run_is_the_same_document_wherever_it_lies(tmp_path):
    folders = [tmp_path / name for name in ("plain", "xz", "gz")]
    for folder in folders:
        folder.mkdir()
    data = f"{json.dumps(steps_run())}\n".encode()
    (folders[0] / "a.jsonl").write_bytes(data)
    (folders[1] / "b.jsonl.xz").write_bytes(lzma.compress(data))
    (folders[2] / "c.ndjson.gz").write_bytes(gzip.compress(data))
    items = [item for folder in folders for item in source(folder).items()]
    assert len({(item.external_id, item.raw_digest, item.read()) for item in items}) == 1


def test_additions_edits_and_deletions_are_taken_in_and_a_second_run_writes_nothing(platform, tmp_path):
    folder = tmp_path / "agents"
    folder.mkdir()
    configured(platform, f"{{path: '{folder}'}}")
    write(folder / "a.jsonl", steps_run("r1"), steps_run("r2"), messages())
    assert taken_in(platform, "run-1").written == 3
    assert taken_in(platform, "run-2").written == 0
    write(folder / "a.jsonl", steps_run("r2", success=False), messages())
    write(folder / "b.jsonl", steps_run("r3"))
    third = taken_in(platform, "run-3")
    assert (third.written, third.skipped, third.deleted) == (2, 1, 1)
    changed = platform.records.get(Document, document_id("runs", "r2"))
    assert changed is not None
    assert changed.metadata["outcome"] == "failure"
    version = platform.records.get(DocumentVersion, changed.current)
    assert version is not None
    assert "**failure**" in version.text


def test_bad_lines_are_refused_one_by_one_with_their_number(platform, tmp_path):
    folder = tmp_path / "agents"
    folder.mkdir()
    configured(platform, f"{{path: '{folder}'}}")
    lines = [json.dumps(steps_run("r1")), "", "{not json", json.dumps({"a": 1}), json.dumps(steps_run("r2"))]
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n" + json.dumps(steps_run("r3"))[:-20])
    outcome = taken_in(platform, "run-1")
    assert (outcome.written, outcome.refused) == (2, 3)
    refused = {each.item: each for each in platform.records.scan(Quarantined, {})}
    assert sorted(refused) == ["a.jsonl#line-3", "a.jsonl#line-4", "a.jsonl#line-6"]
    assert "keys a" in refused["a.jsonl#line-4"].value


@pytest.mark.parametrize("damaged", ["{not json", '{"steps": "' + "x" * 200 + '"}'])
def test_a_damaged_line_buries_no_run_that_was_fine(tmp_path, damaged):
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(messages())}\n{damaged}\n")
    given = source(tmp_path, max_bytes=len(json.dumps(messages())) + 10 if "x" not in damaged else 150)
    list(given.items())
    assert not given.complete
    write(tmp_path / "a.jsonl", {"a": 1})
    list(given.items())
    assert given.complete


def test_two_runs_of_one_name_are_not_taken_for_one(platform, tmp_path):
    folder = tmp_path / "agents"
    folder.mkdir()
    configured(platform, f"{{path: '{folder}'}}")
    write(folder / "a.jsonl", steps_run("r1"), steps_run("r1", task="Something else, as it happens"))
    outcome = taken_in(platform, "run-1")
    assert (outcome.written, outcome.refused) == (1, 1)


def test_what_is_learned_from_is_stored_once(platform, tmp_path):
    write(tmp_path / "a.jsonl", steps_run("r1"), steps_run("r2", success=False), steps_run("r3", success=None))
    configured(platform, f"{{path: '{tmp_path / 'a.jsonl'}'}}")
    opened = open_source(platform, "runs")
    assert isinstance(opened, GivesTrajectories)
    assert store(platform.records, "runs", opened.trajectories("all")) == 2
    assert store(platform.records, "runs", opened.trajectories("all")) == 0
    bodies = [Trajectory.from_document(each.body) for each in platform.records.scan(StoredTrajectory, {})]
    assert sorted(each.success for each in bodies) == [False, True]
    assert {(each.task, each.group, each.agent, each.agent_version) for each in bodies} == {
        ("t-7", "logs", "planner", "v3")
    }
    assert bodies[0].steps[0] == Step("wc -l *.log", observation="12 total")


def test_what_a_file_says_later_corrects_what_it_said_and_said_again_it_changes_nothing(platform, tmp_path):
    file = tmp_path / "a.jsonl"

    def outcome_after(at: float, *runs: Any) -> tuple[int, bool | None, float]:
        write(file, *runs)
        os.utime(file, (at, at))
        counted = store(platform.records, "runs", source(file).trajectories())
        (stored,) = platform.records.scan(StoredTrajectory)
        return counted, stored.body["success"], stored.gathered_at

    _, told, first = outcome_after(1000.0, steps_run("r1"))
    platform.clock.advance(60)
    assert outcome_after(2000.0, steps_run("r1")) == (0, told, first)
    assert outcome_after(3000.0, steps_run("r1", success=False)) == (1, False, platform.clock())
    platform.clock.advance(60)
    assert outcome_after(4000.0, steps_run("r1"), steps_run("r1", success=False))[1] is None
    (torn,) = platform.records.scan(StoredTrajectory)
    decide_outcome(platform.records, torn.id, success=True, by="ada")
    assert outcome_after(5000.0, steps_run("r1", success=False), steps_run("r1"))[1] is True


@pytest.mark.parametrize("successes", [(True, False), (False, True)])
def test_a_file_that_says_two_things_is_not_believed_whichever_it_says_first(platform, tmp_path, successes):
    file = write(tmp_path / "a.jsonl", steps_run("r1", success=False))
    os.utime(file, (3000.0, 3000.0))
    store(platform.records, "runs", source(file).trajectories())
    write(file, *(steps_run("r1", success=each) for each in successes))
    os.utime(file, (4000.0, 4000.0))
    store(platform.records, "runs", source(file).trajectories())
    (stored,) = platform.records.scan(StoredTrajectory)
    assert stored.body["success"] is None


def test_a_line_that_is_added_to_a_log_rewrites_no_run_that_was_in_it(platform, tmp_path):
    known = [steps_run(f"r{number}") for number in range(120)]
    file = write(tmp_path / "a.jsonl", *known)
    os.utime(file, (1000.0, 1000.0))
    store(platform.records, "runs", source(file).trajectories())
    before = list(platform.records.scan(StoredTrajectory))
    write(file, *known, steps_run("one more"))
    os.utime(file, (2000.0, 2000.0))
    assert store(platform.records, "runs", source(file).trajectories()) == 1
    after = {each.id: each for each in platform.records.scan(StoredTrajectory)}
    assert [after[each.id] for each in before] == before
    assert len(after) == 121


def test_a_run_of_which_nothing_says_how_it_ended_is_a_document_and_no_trajectory(tmp_path):
    write(tmp_path / "a.jsonl", steps_run(success=None), messages(), request(*trace()))
    assert len(read(tmp_path)) == 3
    assert all("outcome unknown" in text for text in read(tmp_path).values())
    assert list(source(tmp_path).trajectories()) == []


@pytest.mark.parametrize(
    ("told", "success"), [(False, False), ("passed", True), ("Failed", False), (1, None), ("?", None)]
)
def test_the_entry_may_name_the_key_that_says_how_a_run_ended(tmp_path, told, success):
    run = {"messages": messages(), "resolved": told}
    write(tmp_path / "a.jsonl", run)
    found = [(each.success, each.outcome_source) for each in source(tmp_path, outcome="resolved").trajectories()]
    assert found == ([] if success is None else [(success, "field resolved")])


def test_a_stored_trajectory_is_read_as_it_was_written(tmp_path):
    step = Step("restart", {"service": "web"}, "done", None, 0.5, 2.0)
    before = Trajectory("i", "t", "g", "a", "1", (step,), True, "a person", 1_764_072_000.0)
    write(tmp_path / "a.jsonl", before.to_document())
    (after,) = source(tmp_path).trajectories()
    assert after.outcome_at == (tmp_path / "a.jsonl").stat().st_mtime
    assert after.name == "i"
    assert {**after.to_document(), "id": "i", "outcome_at": None, "name": ""} == before.to_document()


def test_files_of_other_names_and_hidden_ones_are_passed_over(tmp_path):
    for name in ("a.jsonl", "notes.md", ".hidden.jsonl", "b.jsonl.part", "c.txt.gz"):
        write(tmp_path / name, steps_run(name))
    assert list(read(tmp_path)) == ["a.jsonl"]


def test_a_file_may_be_one_document_over_many_lines(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(steps_run("r1"), indent=2))
    (tmp_path / "list.json").write_text(json.dumps([steps_run("r2"), {"no": "run"}, messages()], indent=2))
    (tmp_path / "chat.json").write_text(json.dumps({"id": "chat", "messages": messages()}, indent=2))
    (tmp_path / "lines.json").write_text(f"{json.dumps(steps_run('r3'))}\n{json.dumps(steps_run('r4'))}\n")
    found = read(tmp_path)
    assert {"r1", "r2", "r3", "r4", "chat"} < set(found)
    assert (len(found), found["list.json#line-1.2"]) == (7, "agent-run")


def test_a_file_that_is_cut_off_keeps_what_came_before_and_deletes_nothing(tmp_path):
    whole = lzma.compress("".join(f"{json.dumps(steps_run(f'r{n}', task=str(n) * 9))}\n" for n in range(9000)).encode())
    (tmp_path / "a.jsonl.xz").write_bytes(whole[: len(whole) // 2])
    opened = source(tmp_path)
    items = list(opened.items())
    assert len(items) > 1
    assert opened.complete is False
    with pytest.raises(DataError, match="can't be read to its end"):
        items[-1].read()
    write(tmp_path / "a.jsonl.xz")
    (tmp_path / "a.jsonl.xz").write_bytes(whole)
    assert len(list(opened.items())) == 9000
    assert opened.complete is True


def test_what_only_says_it_is_packed_is_refused(tmp_path):
    for name in ("a.jsonl.xz", "b.jsonl.gz", "c.jsonl.bz2"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    assert set(read(tmp_path).values()) == {"whole"}


def test_a_line_too_long_is_refused_without_being_held_and_the_next_one_is_read(tmp_path):
    with (tmp_path / "a.jsonl").open("w") as file:
        file.write('{"steps": "')
        for _ in range(200):
            file.write("x" * 500_000)
        file.write('"}\n' + json.dumps(steps_run("r2")) + "\n")
    tracemalloc.start()
    found = read(tmp_path, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found["a.jsonl#line-1"], "r2" in found) == ("size", True)
    assert peak < 10_000_000


def test_a_folder_of_any_size_is_read_a_run_at_a_time(tmp_path):
    def peak(runs: int) -> int:
        path = tmp_path / f"{runs}.jsonl"
        with path.open("w") as file:
            for n in range(runs):
                file.write(json.dumps(steps_run(f"r{n}")) + "\n")
        tracemalloc.start()
        assert sum(1 for _ in source(path).items()) == runs
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(200), peak(6000)
    assert large < 2 * small + 500_000


def test_a_run_of_endless_steps_has_an_account_of_bounded_length(tmp_path):
    step = {"action": "look", "observation": "y" * 5000}
    write(tmp_path / "a.jsonl", steps_run(steps=[step] * 3000))
    (text,) = read(tmp_path, max_bytes=32_000_000).values()
    assert len(text) < 130_000
    assert "more steps and messages." in text
    (trajectory,) = source(tmp_path, max_bytes=32_000_000).trajectories()
    assert len(trajectory.steps) == 2000


def test_an_account_stays_in_its_fences_whatever_an_observation_holds(tmp_path):
    write(tmp_path / "a.jsonl", steps_run(steps=[{"action": "cat x", "observation": "```\n# Not a heading\n````"}]))
    assert "`````\n```\n# Not a heading\n````\n`````" in read(tmp_path)["r1"]


def test_output_that_is_no_text_is_counted_and_colours_are_left_out(tmp_path):
    binary, coloured = "\0\1\2x" * 50, "\x1b[31mred\x1b[0m and\x07 loud\r\nnext"
    steps = [{"action": "cat a", "observation": binary}, {"action": "ls", "observation": coloured}]
    write(tmp_path / "a.jsonl", steps_run(steps=steps))
    text = read(tmp_path)["r1"]
    assert "(200 characters that are no text)" in text
    assert "red and\ufffd loud\nnext" in text


def test_a_missing_folder_is_an_outage_and_not_an_empty_one(tmp_path):
    nowhere = source(tmp_path / "nowhere")
    with pytest.raises(SourceUnavailable, match="can't be listed"):
        list(nowhere.items())
    assert nowhere.partition_ready("all", 0.0) is False


def test_a_format_that_is_set_refuses_the_others(tmp_path):
    write(tmp_path / "a.jsonl", steps_run("r1"), {"id": "m1", "messages": messages()})
    assert read(tmp_path, form="messages")["a.jsonl#line-1"] == "agent-run"
    assert read(tmp_path, form="jsonl")["a.jsonl#line-2"] == "agent-run"
    assert set(read(tmp_path, form="otel").values()) == {"agent-run"}


def test_options_are_checked_with_file_and_line(tmp_path):
    own = load_settings({"KINTSUGI_HOME": str(tmp_path)})
    (tmp_path / "include").mkdir()
    entry = "sources:\n  runs:\n    kind: trajectories\n    options: {path: x, format: yaml}\n"
    (tmp_path / "include" / "sources.yaml").write_text(entry)
    (error,) = load_sources(own).errors
    assert "sources.yaml, line 4: source runs, options.format" in str(error)


ODD = (
    None,
    True,
    -1,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "\0\n# `",
    [],
    {},
    [None],
    [[]],
    {"a": {}},
)


@st.composite
def spoiled(draw) -> Any:
    """A run in one of the formats, in which one place or two hold something else."""
    forms = (steps_run(), messages(), {"messages": messages(), "success": True}, request(*trace(status={"code": 1})))
    document = deepcopy(draw(st.sampled_from(forms)))
    for _ in range(draw(st.integers(1, 2))):
        at = document
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and at[key] and draw(st.integers(0, 5)):
                at = at[key]
                continue
            at[key] = deepcopy(draw(st.sampled_from(ODD)))
            break
    return document


@settings(max_examples=300)
@given(spoiled())
def test_whatever_a_line_holds_it_is_read_or_refused_and_can_be_stored(tmp_path_factory, document):
    path = write(tmp_path_factory.getbasetemp() / "spoiled.jsonl", document, steps_run("whole"))
    found = []
    for item in source(path).items():
        found.append(item.external_id)
        for text in (item.external_id, item.title, json.dumps(dict(item.metadata), ensure_ascii=False)):
            text.encode()
        try:
            assert item.read().decode().startswith("# ")
        except DataError as error:
            str(error).encode()
    assert "whole" in found
    for trajectory in source(path).trajectories():
        json.dumps(trajectory.to_document(), ensure_ascii=False, allow_nan=False).encode()
