"""Runs and healing episodes become trajectories."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from autorefine.trace import trace_of
from autorefine.trajectory import CONTRADICTED, Step, Trajectory
from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.expertise.gather import decide_outcome, gather_episodes, gather_from, store, trajectory_of
from kintsugi.healing.transitions import moved
from kintsugi.records import Generation, Incident, Labels, Repair, StoredTrajectory
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.airflow_runs import AirflowRun, TaskTry
from tests.airflow_stub import USER, airflow_stub, dag_run, task_instance
from tests.autorefine.runs import run
from tests.builders import RUN

HOUR = "2026-11-24T19"


@pytest.fixture
def airflow():
    with airflow_stub() as stub:
        stub.runs = [dag_run()]
        stub.task_instances["etl", "manual__1"] = [task_instance(try_number=2, start_date="2026-11-24T19:10:10Z")]
        stub.tries["etl", "manual__1", "fetch"] = [
            task_instance(try_number=1, state="failed"),
            task_instance(try_number=2, start_date="2026-11-24T19:10:10Z", end_date="2026-11-24T19:10:20Z"),
        ]
        detail = {"exc_type": "SourceUnavailable", "exc_value": "orders: answered 503", "frames": []}
        stub.logs["etl", "manual__1", "fetch", 1] = [
            {"event": "Task failed with exception", "level": "error", "error_detail": [detail]}
        ]
        stub.logs["etl", "manual__1", "fetch", 2] = [{"event": "fine", "level": "info"}]
        yield stub


def from_airflow(platform, airflow) -> int:
    return gather_from(platform, AirflowSource(AirflowClient(airflow.base_url, **USER)), HOUR)


def stored(platform) -> list[Trajectory]:
    return [Trajectory.from_document(each.body) for each in platform.records.scan(StoredTrajectory)]


def task(name: str, try_number: int = 1, start: float | None = 0.0) -> TaskTry:
    return TaskTry(name, -1, try_number, "success", "@task", start, 1.0)


def resolved_incident() -> Incident:
    incident = Incident(
        id="i1",
        kind="missing-chunks",
        target="g1",
        plan=({"action": "upsert_from_truth"},),
        opened_at=10.0,
        changed_at=10.0,
        history=({"state": "open", "at": 10.0, "attempt": 1},),
    )
    for at, state in enumerate(("diagnosed", "planned", "repairing", "verifying", "resolved"), start=11):
        incident = moved(incident, state, at=float(at), run=RUN)
    return incident


def repair(**changes) -> Repair:
    values = {
        "id": "i1/1/0/0",
        "incident": "i1",
        "action": "upsert_from_truth",
        "target": "g1",
        "items": ("c1", "c2"),
        "state": "done",
        "epoch": 1,
        "run": RUN,
        "started_at": 13.0,
        "ended_at": 13.5,
    }
    return Repair(**(values | changes))


def test_a_run_becomes_a_trajectory_whose_steps_are_its_tries(platform, airflow):
    assert from_airflow(platform, airflow) == 1
    (trajectory,) = stored(platform)
    assert [(each.action, each.error) for each in trajectory.steps] == [
        ("fetch", "SourceUnavailable: orders: answered 503"),
        ("fetch", None),
    ]
    assert (trajectory.agent, trajectory.group, trajectory.success) == ("etl", HOUR, True)
    assert "error:SourceUnavailable in fetch" in trace_of(trajectory).outcomes[0]


def test_the_same_hour_twice_is_gathered_once(platform, airflow):
    from_airflow(platform, airflow)
    before = list(platform.records.scan(StoredTrajectory))
    assert from_airflow(platform, airflow) == 0
    assert list(platform.records.scan(StoredTrajectory)) == before


def test_an_airflow_that_does_not_answer_is_a_source_outage(platform, airflow):
    airflow.failures = [(503, {})] * 20
    with pytest.raises(SourceUnavailable):
        from_airflow(platform, airflow)
    assert stored(platform) == []


def test_tasks_that_never_ran_are_no_steps_and_another_end_is_another_attempt():
    tasks = (task("a"), task("skipped", try_number=0), task("queued", start=None))
    one, other = (trajectory_of(AirflowRun("etl", "r1", "failed", 0.0, end, tasks), HOUR) for end in (5.0, 9.0))
    assert [each.action for each in one.steps] == ["a"]
    assert not one.success
    assert one.id != other.id


def test_a_finished_repair_becomes_an_episode_once(platform):
    platform.records.insert(
        Generation(id="g1", fingerprint="f", dimension=4, pipeline="p", state="serving", created_at=1.0, run=RUN)
    )
    platform.records.insert(resolved_incident())
    platform.records.insert(repair())
    assert (gather_episodes(platform), gather_episodes(platform)) == (1, 0)
    (trajectory,) = stored(platform)
    assert "upsert_from_truth" in [each.action for each in trajectory.steps]
    assert (trajectory.agent, trajectory.group, trajectory.success) == ("healer", "missing-chunks/g1", True)


def test_an_incident_that_is_still_being_healed_or_passed_by_itself_is_no_episode(platform):
    still_open = Incident(id="open", kind="missing-chunks", target="g1", opened_at=1.0, changed_at=1.0)
    passed = moved(still_open.but(id="passed", target="g2"), "resolved", at=2.0, run=RUN)
    for incident in (still_open, passed):
        platform.records.insert(incident)
    assert gather_episodes(platform) == 0


def test_nothing_is_learned_from_what_befell_a_source_that_not_everybody_may_see(platform):
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    files = "kind: files, options: {path: x}"
    path.write_text(f"sources:\n  open: {{{files}}}\n  board: {{{files}, labels: {{access: [board]}}}}\n")
    for target in ("board", "board@all", "misspelt@all", "open@all"):
        platform.records.insert(resolved_incident().but(id=target, target=target))
        platform.records.insert(repair(id=f"{target}/1/0/0", incident=target, target=target))
    with capture_logs() as logs:
        assert gather_episodes(platform) == 1
    assert [each.group for each in stored(platform)] == ["missing-chunks/open@all"]
    said = [(each["source"], each["episodes"]) for each in logs if each["event"] == "not_learned_from"]
    assert said == [("board", 2), ("misspelt", 1)]
    path.write_text("sources: [")
    assert gather_episodes(platform) == 0


def outcome(platform, id: str = "r1") -> tuple[bool | None, float]:
    stored = platform.records.get(StoredTrajectory, id)
    return stored.body["success"], stored.gathered_at


def told(success: bool | None, at: float | None = None) -> Trajectory:
    return replace(run("r1", "look"), success=success, outcome_at=at)


def test_an_outcome_that_was_decided_later_is_stored_anew_so_that_the_next_pass_sees_it(platform, clock):
    assert store(platform.records, "runs", [told(True)]) == 1
    clock.advance(60)
    assert store(platform.records, "runs", [told(True)]) == 0
    assert store(platform.records, "runs", [told(False, at=5.0)]) == 1
    assert outcome(platform) == (False, clock())
    assert store(platform.records, "runs", [told(True), told(True, at=4.0)]) == 0


def test_an_outcome_that_arrives_late_is_stored_and_none_takes_its_place(platform, clock):
    unknown = replace(run("r1", "look"), success=None)
    counted = []
    for told in (unknown, run("r1", "look", success=True), unknown):
        counted.append(store(platform.records, "runs", [told]))
        clock.advance(60)
    assert counted == [1, 1, 0]
    assert outcome(platform) == (True, clock() - 120)


@pytest.mark.parametrize("deliveries", [[[True, False, True]], [[True], [False], [True]], [[False, True]] * 3])
def test_different_outcomes_are_none_however_often_and_in_whatever_order_they_are_delivered(
    platform, clock, deliveries
):
    for outcomes in deliveries:
        store(platform.records, "runs", map(told, outcomes))
    (stored,) = platform.records.scan(StoredTrajectory)
    assert (stored.body["success"], stored.body["outcome_source"]) == (None, CONTRADICTED)
    clock.advance(60)
    assert store(platform.records, "runs", [told(False), told(True)]) == 0
    assert list(platform.records.scan(StoredTrajectory)) == [stored]


def test_what_is_only_said_again_writes_nothing_and_its_later_time_counts_against_other_words(platform):
    store(platform.records, "runs", [told(False, at=1.0)])
    (before,) = platform.records.scan(StoredTrajectory)
    store(platform.records, "runs", [told(False, at=4.0), told(True, at=3.0)])
    assert list(platform.records.scan(StoredTrajectory)) == [before]
    store(platform.records, "runs", [told(False, at=4.0), told(True, at=4.0)])
    assert outcome(platform)[0] is None


def test_of_one_outcome_the_steps_that_were_told_later_hold_and_the_next_pass_sees_them(platform, clock):
    store(platform.records, "runs", [told(True, at=1.0)])
    clock.advance(60)
    other = replace(told(True, at=2.0), steps=(Step("other"),))
    assert store(platform.records, "runs", [told(True, at=2.0), other]) == 0, "both are of one time"
    assert store(platform.records, "runs", [other]) == 1
    assert (stored(platform), outcome(platform)) == ([other], (True, clock()))


def test_who_decides_later_ends_a_contradiction(platform, clock):
    store(platform.records, "runs", [told(True), told(False)])
    clock.advance(60)
    assert store(platform.records, "runs", [told(True, at=5.0)]) == 1
    assert outcome(platform) == (True, clock())


def test_a_person_decides_how_a_run_ended_and_what_was_told_before_does_not_undo_it(platform, clock):
    ahead = clock() + 1e6
    store(platform.records, "runs", [told(True), told(False), told(True, at=ahead), told(False, at=ahead)])
    decide_outcome(platform.records, "r1", success=False, by="ada")
    assert store(platform.records, "runs", [told(True), told(True, at=ahead)]) == 0
    stored = platform.records.get(StoredTrajectory, "r1")
    assert (stored.body["success"], stored.body["outcome_source"]) == (False, "decided by ada")
    with pytest.raises(TerminalError, match="none with this id"):
        decide_outcome(platform.records, "r2", success=True, by="ada")


def test_a_trajectory_that_can_be_read_takes_the_place_of_one_that_cannot(platform):
    platform.records.insert(StoredTrajectory(id="r1", origin="runs", gathered_at=1.0, body={"id": "r1"}))
    assert store(platform.records, "runs", [told(True)]) == 1
    assert stored(platform) == [told(True)]


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("AKIAIOSFODNN7EXAMPLQ", "[secret:AWS-Access-Key]"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[secret:GitHub-Token]"),
        ("maria.huber@example-bank.de", "[personal:e-mail-address]"),
    ],
)
def test_no_secret_and_no_persons_data_is_stored_and_it_is_said_how_many_runs_had_any(platform, secret, kind):
    step = Step(f"login {secret} now", {"as": secret}, f"hello {secret}", f"no {secret}")
    task = f"find {secret}"
    held = replace(run("r1", "look"), steps=(Step("look"), step), task=task, task_text=task)
    with capture_logs() as logs:
        store(platform.records, "runs", [held, run("r2", "look")])
    (first, second) = stored(platform)
    assert first.steps == (Step("look"), Step(f"login {kind} now", {"as": kind}, f"hello {kind}", f"no {kind}"))
    assert first.task == first.task_text == f"find {kind}"
    assert second == run("r2", "look")
    assert [each["redacted"] for each in logs if each["event"] == "trajectories_gathered"] == [1]
    assert store(platform.records, "runs", [held]) == 0


class Runs:
    """A source of one run of an agent."""

    name = "runs"
    contract = "documents"
    complete = True

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def check(self) -> None: ...

    def partition_ready(self, partition, now) -> bool:
        return True

    def items(self, partition):
        return iter(())

    def trajectories(self, partition):
        yield run("r1", "look", "act")


@pytest.mark.parametrize(
    ("labels", "learned"),
    [(Labels(), 1), (Labels(access=("board",)), 0), (Labels(sensitivity="confidential"), 0)],
)
def test_nothing_is_learned_from_what_not_everybody_may_see(platform, labels, learned):
    assert gather_from(platform, Runs(labels), HOUR) == learned
    assert len(stored(platform)) == learned
