"""What wakes the next DAG is what there is to do, whoever left it; and it is called once, whoever calls."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from kintsugi.documents import intake
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef, StoredTrajectory, WakeUp, Watermark
from kintsugi.wake_ups import PUBLISH, REFINE, is_due
from tests.airflow_stub import airflow_stub

HOUR = "2026-11-24T19"
TI = {"dag_id": "publish", "run_id": "r", "task_id": "plan", "try_number": 1}


class Events(dict[Any, "Events"]):
    """Airflow's ``outlet_events``, which only a running task gets: keeps the partitions of each asset."""

    def __init__(self) -> None:
        self.partitions: list[str] = []

    def __missing__(self, key: Any) -> "Events":
        self[key] = Events()
        return self[key]

    def add_partitions(self, partition: str) -> None:
        self.partitions.append(partition)

    @property
    def woken(self) -> list[str]:
        return [each for event in self.values() for each in event.partitions]


@pytest.fixture(scope="module")
def bag(airflow_database: None):
    from airflow.dag_processing.dagbag import DagBag

    from tests.airflow.conftest import ROOT

    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture
def here(platform: Platform, settings, clock, monkeypatch) -> Platform:
    """The platform that tasks open by themselves; published once, so that nothing waits."""
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    (settings.runbooks / "a.md").write_text("# A\n\nFirst text.")
    intake.ingest(platform, "runbooks", "all", run("first"))
    clock.advance(1)
    publish(platform, run("publish"))
    return platform


def run(name: str) -> RunRef:
    return RunRef(dag="test", run_id=name)


def call(bag: Any, dag: str, task: str, record: Partition, run_id: str = "a run") -> list[str]:
    """Call a task's function; return the partitions it announced."""
    events, ti = Events(), SimpleNamespace(dag_id=dag, run_id=run_id)
    bag.dags[dag].get_task(task).python_callable(record.model_dump(mode="json"), outlet_events=events, ti=ti)
    return events.woken


def has_work(platform: Platform, record: Partition, *after: str, run_id: str = "a run") -> list[str]:
    """Ask a recount which of the tasks after it have something to do."""
    from kintsugi_airflow import ingest

    task = SimpleNamespace(downstream_task_ids=set(after))
    ti = SimpleNamespace(dag_id=f"ingest_{record.source}", run_id=run_id, task=task)
    return ingest.has_work(platform, record, {"ti": ti})


def test_publish_is_woken_for_what_a_run_before_has_written_and_never_announced(bag, here, clock):
    clock.advance(60)
    (here.settings.runbooks / "b.md").write_text("# B\n\nOther text.")
    fetched = intake.fetch(here, "runbooks", "all", run("killed"))
    for shard in fetched.shards:
        intake.load(here, intake.validate(here, shard, run("killed")), run("killed"))
    clock.advance(60)
    record = intake.ingest(here, "runbooks", "all", run("next"))
    assert (record.written, record.deleted) == (0, 0)
    assert has_work(here, record, "announce") == ["announce"]
    assert call(bag, "ingest_runbooks", "announce", record) == ["runbooks@all"]


def test_publish_is_called_once_until_it_looks_and_again_by_who_was_killed_while_calling(bag, here, clock):
    clock.advance(60)
    (here.settings.runbooks / "b.md").write_text("# B\n\nOther text.")
    record = intake.ingest(here, "runbooks", "all", run("next"))
    assert call(bag, "ingest_runbooks", "announce", record, "first") == ["runbooks@all"]
    assert call(bag, "ingest_runbooks", "announce", record, "first") == ["runbooks@all"]
    with pytest.raises(AirflowSkipException, match="publish is called already"):
        call(bag, "ingest_inbox", "announce", record, "second")
    planned = bag.dags["publish"].get_task("plan").python_callable(ti=SimpleNamespace(**TI, xcom_push=lambda **_: None))
    assert planned
    assert call(bag, "ingest_inbox", "announce", record, "second") == ["runbooks@all"]


def test_a_run_of_heal_that_calls_nobody_still_ends_as_its_incident_does(bag, here):
    heal = bag.dags["heal"]
    here.records.put([WakeUp(id=REFINE, by="somebody else", at=time.time())])
    events = Events()
    run_of_heal = SimpleNamespace(partition_key="incident", run_id="heal__incident__1", conf={})
    with pytest.raises(AirflowSkipException, match="refine is called already"):
        heal.get_task("learn").python_callable(
            "escalated", outlet_events=events, ti=SimpleNamespace(dag_id="heal", run_id="r"), dag_run=run_of_heal
        )
    assert events.woken == []
    assert heal.get_task("outcome").trigger_rule == "none_failed"  # a skipped neighbour must not skip it


def test_a_partition_that_is_nearly_in_gets_a_slot_before_one_that_waits_and_so_does_publish(bag):
    names = ("wait_until_ready", "fetch", "validate", "load", "recount", "announce")
    weights = [weight(bag, "ingest_airflow", name) for name in names]
    assert weights == sorted(set(weights))
    assert weight(bag, "publish", "plan") > weights[0]


def weight(bag: Any, dag: str, name: str) -> int:
    """Return what Airflow's scheduler sorts by, the largest first."""
    from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy

    task = bag.dags[dag].get_task(name)
    return validate_and_load_priority_weight_strategy(task.weight_rule).get_weight(SimpleNamespace(task=task))


def test_refine_takes_the_note_away_before_it_looks(bag, here):
    assert is_due(here.records, REFINE, "a")
    bag.dags["refine"].get_task("learn").python_callable(ti=SimpleNamespace(**{**TI, "dag_id": "refine"}))
    assert is_due(here.records, REFINE, "b")


def test_publish_is_left_alone_when_everything_is_published(bag, here, clock):
    clock.advance(60)
    record = intake.ingest(here, "runbooks", "all", run("again"))
    assert has_work(here, record, "announce") == []
    assert here.records.get(WakeUp, PUBLISH) is None


def test_a_partition_whose_call_somebody_else_has_sent_starts_no_task_to_say_so_again(here, clock):
    clock.advance(60)
    (here.settings.runbooks / "b.md").write_text("# B\n\nOther text.")
    record = intake.ingest(here, "runbooks", "all", run("next"))
    assert has_work(here, record, "announce", run_id="first") == ["announce"]
    assert has_work(here, record, "announce", run_id="second") == []
    assert has_work(here, record, "announce", run_id="first") == ["announce"]


def test_an_empty_partition_is_gathered_from_only_where_trajectories_wait(here):
    empty = Partition(
        id=f"airflow@{HOUR}", source="airflow", key=HOUR, state="committed", run=run("late"), changed_at=1.0
    )
    assert has_work(here, empty, "announce", "gather") == []
    assert has_work(here, empty.but(seen=1), "announce", "gather") == ["gather"]
    here.records.put([StoredTrajectory(id="t", origin="airflow", gathered_at=here.records.now(), body={})])
    assert has_work(here, empty, "announce", "gather") == ["gather"]


def test_refine_is_woken_for_trajectories_that_a_killed_run_has_stored(bag, here, monkeypatch):
    record = Partition(
        id=f"airflow@{HOUR}", source="airflow", key=HOUR, state="committed", run=run("late"), changed_at=1.0
    )
    with airflow_stub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", stub.base_url.replace("//", "//admin:secret@"))
        with pytest.raises(AirflowSkipException, match="nothing to learn from"):
            call(bag, "ingest_airflow", "gather", record)
        here.records.put([StoredTrajectory(id="t", origin="airflow", gathered_at=here.records.now(), body={})])
        assert call(bag, "ingest_airflow", "gather", record) == [f"airflow@{HOUR}"]
        here.records.put([Watermark(id="refine", at=here.records.now() + 1)])
        with pytest.raises(AirflowSkipException, match="nothing to learn from"):
            call(bag, "ingest_airflow", "gather", record)
