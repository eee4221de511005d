"""The tasks of `refine`: what was learned is published, whatever becomes of the savings."""

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from autorefine.trace import trace_of
from kintsugi.expertise.publish import publish_patterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.index.publish import publish
from kintsugi.records import RunRef
from kintsugi.savings.holdout import assign
from kintsugi.savings.kept import kept_report
from kintsugi_airflow.assets import RECORDS
from tests.airflow.test_wake_ups import Events
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted


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


def test_what_a_run_that_failed_has_left_unpublished_is_announced_by_the_next_one(
    refine, platform, settings, clock, monkeypatch
):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    runs = [trace_of(each) for each in planted(60)]
    StoredPatterns(platform.records).put(pattern(runs, LOOK_UP, guard=GUARD, state="active"))
    failed = RunRef(dag="refine", run_id="before")
    publish_patterns(platform, failed)
    woken = Events()
    context = {"ti": SimpleNamespace(dag_id="refine", run_id="now", task_id="publish_expertise", try_number=1)}
    publish_expertise = refine.get_task("publish_expertise").python_callable
    told = publish_expertise({}, outlet_events=woken, **context)
    assert (told["written"], woken[RECORDS].partitions) == (0, [told["id"]])
    clock.advance(1)
    publish(platform, failed)
    with pytest.raises(AirflowSkipException, match="no pattern changed"):
        publish_expertise({}, outlet_events=woken, **context)
