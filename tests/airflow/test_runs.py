"""DAGs and operators at work, in Airflow's own test runner, on real embedded stores."""

import pytest

from kintsugi.errors import ConfigurationError, DataError, SafetyError, SourceUnavailable, TransientError
from kintsugi.platform import Platform, open_platform
from kintsugi.records import Document, Partition, Quarantined

GOOD = "# Tide gauge\n\nWhen the tide gauge is stuck, knock on it twice.\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A checkout of its own, with one good and one unreadable runbook."""
    for name in ("docs/runbooks", "var/inbox", "var/run"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "docs/runbooks/tide.md").write_text(GOOD)
    (tmp_path / "docs/runbooks/empty.md").write_text("")
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.delenv("KINTSUGI_VAR", raising=False)
    return tmp_path


@pytest.fixture
def opened(home) -> Platform:
    platform = open_platform()
    yield platform
    platform.close()


def dag_named(name: str):
    from airflow.dag_processing.dagbag import DagBag

    from tests.airflow.conftest import ROOT

    file = "ingest" if name.startswith("ingest_") else name
    bag = DagBag(dag_folder=str(ROOT / "dags" / f"{file}.py"))
    assert bag.import_errors == {}
    return bag.dags[name]


def states(run) -> dict[str, str]:
    return {each.task_id: str(each.state) for each in run.get_task_instances()}


def test_a_run_of_ingest_runbooks_takes_the_folder_in_and_quarantines_what_it_cannot_read(airflow_database, opened):
    run = dag_named("ingest_runbooks").test()
    assert str(run.state) == "success", states(run)
    partition = opened.records.get(Partition, "runbooks@all")
    assert (partition.state, partition.written, partition.refused) == ("committed", 1, 1)
    assert partition.run.dag == "ingest_runbooks"
    (document,) = opened.records.scan(Document)
    assert document.title == "Tide gauge"
    (held,) = opened.records.scan(Quarantined)
    assert (held.item, held.state) == ("empty.md", "held")


def test_a_second_run_writes_nothing(airflow_database, opened):
    dag = dag_named("ingest_runbooks")
    dag.test()
    first = {each.id: each.version for each in opened.records.scan(Document)}
    run = dag.test()
    assert str(run.state) == "success", states(run)
    assert {each.id: each.version for each in opened.records.scan(Document)} == first
    assert opened.records.get(Partition, "runbooks@all").skipped == 1


def test_a_source_that_is_gone_fails_the_run_and_leaves_a_gap_for_healing(airflow_database, opened, home):
    import shutil

    from kintsugi_airflow.sensors import SourceReadySensor

    shutil.rmtree(home / "docs/runbooks")
    sensor = SourceReadySensor(task_id="wait_until_ready", source="runbooks", partition="all")
    from airflow.sdk.exceptions import TaskDeferred

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context())
    assert deferred.value.trigger.serialize()[0].endswith("SourceReadyTrigger")
    event = {"ready": False, "unavailable": True, "reason": "the folder is gone"}
    with pytest.raises(SourceUnavailable, match="not ready after 60 s"):
        sensor.execute_complete(context(), event)
    assert opened.records.get(Partition, "runbooks@all").state == "failed"


def test_a_source_that_is_there_holds_nobody_up(airflow_database, opened):
    from kintsugi_airflow.sensors import SourceReadySensor

    assert SourceReadySensor(task_id="w", source="runbooks", partition="all").execute(context()) is None


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (TransientError("busy"), "retry"),
        (SourceUnavailable("down"), "retry"),
        (ConfigurationError("wrong"), "fail"),
        (DataError("bad"), "fail"),
        (SafetyError("stop"), "fail"),
        (ValueError("not ours"), "default"),
    ],
)
def test_the_class_of_an_error_decides_about_the_retry(error, action):
    from kintsugi_airflow.retry import ErrorDecides

    decision = ErrorDecides().evaluate(error, try_number=1, max_tries=3)
    assert str(decision.action.value if hasattr(decision.action, "value") else decision.action).lower() == action


def test_a_wait_that_the_source_asked_for_is_kept():
    from kintsugi_airflow.retry import ErrorDecides

    decision = ErrorDecides().evaluate(TransientError("busy").after(42.0), try_number=1, max_tries=3)
    assert decision.retry_delay.total_seconds() >= 42


def context() -> dict:
    """What an operator of ours reads of the context."""
    from types import SimpleNamespace

    ti = SimpleNamespace(dag_id="ingest_runbooks", run_id="test", task_id="wait_until_ready", try_number=4, max_tries=3)
    run = SimpleNamespace(conf={}, partition_key=None)
    return {"ti": ti, "dag_run": run}
