"""What every DAG file promises to an operator."""

import pytest

EXPECTED = {"ingest_airflow", "ingest_runbooks", "ingest_inbox", "publish", "refine", "watch", "heal"}


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


def test_watch_has_one_sensor_for_each_detector(bag):
    from kintsugi.healing.detectors import DETECTORS

    watched = {task.detector for task in bag.dags["watch"].tasks if task.task_id.endswith("look")}
    assert watched == set(DETECTORS)
