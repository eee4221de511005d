"""The tasks of `heal`, one after another as Airflow runs them, each on a platform that it opens itself."""

import time
from types import SimpleNamespace

import pytest

from kintsugi.healing.budget import BlastRadius, spend
from kintsugi.healing.heal import needs_approval
from kintsugi.healing.incidents import open_incidents
from kintsugi.healing.sweep import sweep
from kintsugi.index.publish import publish
from kintsugi.records import Document
from tests.builders import RUN
from tests.healing.conftest import lose, seed, served, snapshot
from tests.healing.stubs import StubAirflow


@pytest.fixture(scope="module")
def dag(airflow_database):
    from airflow.dag_processing.dagbag import DagBag

    from tests.airflow.conftest import ROOT

    return DagBag(dag_folder=str(ROOT / "dags" / "heal.py")).dags["heal"]


@pytest.fixture
def published(platform, clock, monkeypatch):
    airflow = StubAirflow()
    monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", airflow.url.replace("http://", "http://user:password@"))
    monkeypatch.setenv("KINTSUGI_HOME", str(platform.settings.home))
    seed(platform)
    clock.advance(60)
    publish(platform, RUN)
    clock.now = time.time()
    yield platform
    airflow.close()


def context_of(incident, attempt=1):
    run = SimpleNamespace(dag_id="heal", run_id=f"heal__{incident.id}__{attempt}", partition_key=incident.id)
    ti = SimpleNamespace(dag_id="heal", run_id=run.run_id, task_id="t", try_number=1)
    return {"ti": ti, "dag_run": run}


def run(dag, names, context):
    """Return what each task returned, by name."""
    returned = {}
    for name in names:
        task = dag.get_task(name)
        work = getattr(task, "python_callable", None)
        returned[name] = work(**context) if work else task.execute(context)
    return returned


ALL = ("claim", "diagnose", "plan", "approve", "repair", "verify", "close")


def test_the_tasks_of_a_run_heal_its_incident(dag, published, clock):
    before = snapshot(published)
    lose(published, 3)
    (incident,) = sweep(published, RUN, sleep=clock.advance)
    returned = run(dag, ALL, context_of(incident))
    assert returned["diagnose"] is True
    assert returned["plan"].startswith("**missing-chunks** on ")
    assert returned["close"] == "resolved"
    assert snapshot(published) == before


def test_what_has_passed_by_itself_skips_the_repair(dag, published, clock):
    lose(published, 3)
    (incident,) = sweep(published, RUN, sleep=clock.advance)
    heads = list(published.records.scan(Document))
    published.records.put([each.but(changed_at=clock.now) for each in heads])
    publish(published, RUN)
    assert run(dag, ("claim", "diagnose"), context_of(incident))["diagnose"] is False


def test_a_budget_that_is_used_up_at_the_last_moment_is_asked_for_by_the_next_run(dag, published, clock):
    lose(published, 3)
    (incident,) = sweep(published, RUN, sleep=clock.advance)
    first = context_of(incident)
    run(dag, ("claim", "diagnose", "plan", "approve"), first)
    others = BlastRadius(published.settings.healing.max_items, 0.0, (served(published).id,))
    spend(published.records, published.settings.healing, others, key="another repair")
    assert run(dag, ("repair", "verify", "close"), first)["close"] == "awaiting approval"
    (due,) = open_incidents(published.records)
    second = context_of(due, due.attempt)
    run(dag, ("claim", "diagnose", "plan"), second)
    assert needs_approval(published, due.id), "the operator that comes next would ask nobody"
