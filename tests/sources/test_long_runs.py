"""Of a run of many steps the first ones are kept, and that is said."""

from structlog.testing import capture_logs

from autorefine.readers.run import MAX_STEPS
from tests.sources.agent_runs import steps_run
from tests.sources.test_trajectories import source, write


def test_steps_that_are_left_out_are_logged_once_for_a_reading(tmp_path):
    step = {"action": "look"}
    long = [steps_run(f"r{number}", steps=[step] * (MAX_STEPS + number)) for number in range(4)]
    write(tmp_path / "a.jsonl", *long, steps_run("short"))
    with capture_logs() as logs:
        kept = list(source(tmp_path).trajectories())
    assert [len(each.steps) for each in kept] == [MAX_STEPS] * 4 + [2]
    (said,) = (each for each in logs if each["event"] == "steps_left_out")
    assert (said["source"], said["runs"], said["steps_of_the_longest"]) == ("runs", 3, MAX_STEPS + 3)


def test_nothing_is_said_of_runs_that_are_kept_whole(tmp_path):
    write(tmp_path / "a.jsonl", steps_run())
    with capture_logs() as logs:
        list(source(tmp_path).trajectories())
    assert logs == []
