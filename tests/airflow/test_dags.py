"""What every DAG file promises to an operator."""

import pytest

EXPECTED = {
    "ingest_airflow",
    "ingest_runbooks",
    "ingest_inbox",
    "probe_sources",
    "publish",
    "refine",
    "watch",
    "heal",
    "reconcile",
    "tidy",
    "upkeep",
    "build_generation",
    "release",
}


@pytest.fixture(scope="module")
def bag(airflow_database: None):
    from airflow.dag_processing.dagbag import DagBag

    from tests.airflow.conftest import ROOT

    return DagBag(dag_folder=str(ROOT / "dags"))


def test_every_dag_file_imports(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == EXPECTED


def test_importing_the_dags_loads_nothing_heavy():
    import subprocess
    import sys

    from tests.airflow.conftest import ROOT

    program = (
        "import sys, pathlib, runpy;"
        f"sys.path[:0] = [{str(ROOT / 'plugins')!r}];"
        f"[runpy.run_path(str(p)) for p in sorted(pathlib.Path({str(ROOT / 'dags')!r}).glob('*.py'))];"
        "heavy = {'torch', 'sentence_transformers', 'lancedb', 'great_expectations', 'pypdf', 'numpy.linalg.lapack'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.strip().splitlines()[-1] == "[]"


def test_every_dag_tells_an_operator_what_to_do(bag):
    for dag in bag.dags.values():
        assert "**" in (dag.doc_md or ""), f"{dag.dag_id} has no advice for an operator"
        assert "kintsugi" in dag.tags
        assert {task.owner for task in dag.tasks} == {"kintsugi"}


def test_every_task_may_be_tried_again_and_lets_the_error_decide(bag):
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.retries >= 1, f"{dag.dag_id}.{task.task_id}"
            assert task.has_retry_policy, f"{dag.dag_id}.{task.task_id}"


def test_a_task_is_tried_as_often_as_the_retry_decision_says(bag):
    from kintsugi.healing.retry import MAX_TRIES

    tries = {f"{dag.dag_id}.{task.task_id}": task.retries + 1 for dag in bag.dags.values() for task in dag.tasks}
    assert tries == dict.fromkeys(tries, MAX_TRIES)


def test_watch_has_one_sensor_for_each_detector_and_no_pause_between_two_runs(bag):
    from kintsugi.healing.detectors import DETECTORS

    tasks = bag.dags["watch"].tasks
    assert {task.detector for task in tasks} == set(DETECTORS)
    assert {task.watch_for > 120 for task in tasks} == {True}, "the next run is due every 120 s"


def test_a_partition_key_is_accepted_by_the_dags_that_the_stub_of_airflow_says(bag):
    from airflow.exceptions import DagNotPartitionedError
    from airflow.serialization.serialized_objects import DagSerialization

    from tests.airflow_stub import PARTITIONED

    def accepts(dag) -> bool:
        try:
            DagSerialization.from_dict(DagSerialization.to_dict(dag)).validate_partition_key("a key")
        except DagNotPartitionedError:
            return False
        return True

    assert {name for name, dag in bag.dags.items() if accepts(dag)} == PARTITIONED


def test_each_source_is_backfilled_with_a_key_if_and_only_if_its_dag_takes_one():
    from kintsugi.healing.ingest_runs import partition_key
    from kintsugi.sources.folder import PARTITION
    from tests.airflow_stub import PARTITIONED

    partitions = {"airflow": "2026-11-24T08", "runbooks": PARTITION, "inbox": PARTITION}
    keyed = {source for source, partition in partitions.items() if partition_key(partition) is not None}
    assert keyed == {source for source in partitions if f"ingest_{source}" in PARTITIONED}


@pytest.mark.parametrize("state", ["escalated", "awaiting approval", "repairing"])
def test_a_heal_run_is_red_unless_its_incident_is_resolved(bag, state):
    from airflow.sdk.exceptions import AirflowFailException

    outcome = bag.dags["heal"].get_task("outcome").python_callable
    assert outcome("resolved") is None
    with pytest.raises(AirflowFailException, match=state):
        outcome(state)


def test_the_dags_are_imported_within_three_seconds(bag):
    assert sum(stat.duration.total_seconds() for stat in bag.dagbag_stats) < 3
