"""The tasks of `refine`: what was learned is published, whatever becomes of the savings."""

import pytest

from kintsugi.savings.holdout import assign
from kintsugi.savings.kept import kept_report


@pytest.fixture(scope="module")
def refine(airflow_database: None):
    from airflow.dag_processing.dagbag import DagBag

    from tests.airflow.conftest import ROOT

    return DagBag(dag_folder=str(ROOT / "dags" / "refine.py")).dags["refine"]


def test_publishing_waits_for_learning_alone(refine):
    assert refine.get_task("publish_expertise").upstream_task_ids == {"learn"}
    assert refine.get_task("count_savings").upstream_task_ids == {"learn"}


def test_savings_are_counted_and_kept_for_the_page(refine, platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    assign(platform, "agent", "t")
    assert refine.get_task("count_savings").python_callable({}) == "insufficient data"
    assert [each["class"] for each in kept_report(platform.records)["classes"]] == ["agent"]
