"""A run behind a pattern is one line, and its page stands last."""

import pytest

from autorefine.trace import trace_of
from kintsugi.cli.pattern_evidence import evidence, seen_at, which
from kintsugi.expertise.origins import Origin
from kintsugi.observe.pattern_view import newest, pattern_seen
from kintsugi.records import RunRef
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

UI = "http://127.0.0.1:8080"
INGEST = RunRef(dag="ingest_runs", run_id="manual__2026-11-27T08:00:00+00:00")


def origin(trajectory: str = "0123456789abcdef", **changes) -> Origin:
    told = {"origin": "runs", "task": "count the flights", "agent": "clerk@2", "run": INGEST, "incident": ""}
    return Origin(**({"trajectory": trajectory, "started_at": None, "steps": 3} | told | changes))


def test_runs_that_one_run_of_airflow_brought_are_told_apart():
    runs = [trace_of(each) for each in planted(60)]
    known = pattern(runs, LOOK_UP, guard=GUARD)
    shown = newest(known.evidence, 3)
    origins = {each.trajectory: origin(each.trajectory, task=f"task {n}") for n, each in enumerate(shown)}
    lines = evidence(pattern_seen(known, shown, origins), UI).plain.splitlines()
    assert lines[0] == f"evidence  {len(known.evidence)} runs, the newest 3"
    for n, (each, line) in enumerate(zip(shown, lines[1:], strict=True)):
        begin = f"  {'followed ' if each.steps else 'otherwise'}  {'succeeded' if each.success else 'failed   '}  "
        assert line.startswith(f"{begin}{each.trajectory[:12]}  task {n}  clerk@2  ")
        assert line.endswith(f"/runs/{'manual__2026-11-27T08%3A00%3A00%2B00%3A00'}")


def test_a_run_whose_trajectory_is_gone_says_so():
    runs = [trace_of(each) for each in planted(60)]
    known = pattern(runs, LOOK_UP, guard=GUARD)
    (line,) = evidence(pattern_seen(known, newest(known.evidence, 1), {}), UI).plain.splitlines()[1:]
    assert line.endswith("agent@1  no longer kept")


@pytest.mark.parametrize(
    ("told", "airflow", "where"),
    [
        ({"origin": "airflow", "run": RunRef(dag="etl", run_id="r")}, UI, f"{UI}/dags/etl/runs/r"),
        ({"origin": "airflow", "run": RunRef(dag="etl", run_id="r")}, "", "etl/r"),
        ({"run": RunRef(dag="etl", run_id="r")}, UI, f"from runs, brought by {UI}/dags/etl/runs/r"),
        ({"run": None}, UI, "from runs"),
        (
            {"origin": "healing", "incident": "i1", "run": RunRef(dag="heal", run_id="r")},
            UI,
            f"incident i1, healed by {UI}/dags/heal/runs/r",
        ),
        ({"origin": "healing", "incident": "i1", "run": None}, UI, "incident i1"),
    ],
)
def test_a_line_ends_with_where_the_run_can_be_looked_at(told, airflow, where):
    assert seen_at(origin(**told), airflow) == where


def test_a_run_is_called_what_its_source_calls_it():
    assert which(origin(name="contra-1")) == "contra-1  count the flights  clerk@2"


def test_a_task_that_is_told_in_words_is_cut_and_takes_one_line():
    shown = which(origin(task="count\nthe flights " * 20))
    assert "\n" not in shown
    assert "…  clerk@2" in shown
    assert len(shown) < 100
