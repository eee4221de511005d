"""The DAG `reconcile` at work, in Airflow's own test runner, on real embedded stores."""

import pytest

from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Reconciliation, Suspect
from kintsugi.settings import load_settings
from tests.airflow.test_runs import dag_named, states
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import lose, seed, snapshot


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A published corpus in a home of its own."""
    for name in ("KINTSUGI_VAR", "KINTSUGI_HEALING__GRACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.setenv("KINTSUGI_HEALING__GRACE", "0")
    platform = Platform(load_settings()).using(embedder=HashEmbedder())
    seed(platform)
    publish(platform, RUN)
    yield platform
    platform.close()


def test_a_night_without_drift_skips_everything_after_the_digests(airflow_database, served):
    run = dag_named("reconcile").test()
    assert str(run.state) == "success"
    ended = states(run)
    assert ended.pop("digests") == "success"
    assert set(ended.values()) == {"skipped"}
    (last,) = served.records.scan(Reconciliation)
    assert (last.found, last.left, last.run.dag) == ({}, 0, "reconcile")


def test_before_anything_is_served_there_is_nothing_to_reconcile(airflow_database, tmp_path, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.delenv("KINTSUGI_VAR", raising=False)
    assert states(dag_named("reconcile").test())["recount"] == "skipped"


def test_what_drifted_is_repaired_over_five_tasks_and_counted_again(airflow_database, served):
    before = snapshot(served)
    lose(served, 4)
    run = dag_named("reconcile").test()
    assert set(states(run).values()) == {"success"}, states(run)
    assert snapshot(served) == before
    assert served.records.count(Suspect) == 0
    (last,) = served.records.scan(Reconciliation)
    assert (last.found["missing"], last.repaired, last.left) == (4, 4, 0)


def test_an_emptied_truth_ends_red_and_a_person_may_insist(airflow_database, served):
    before = snapshot(served)
    for kind in (Chunk, Document):
        served.records.delete(kind, [each.id for each in served.records.scan(kind)])
    run = dag_named("reconcile").test()
    assert states(run)["descend"] == "failed"
    assert snapshot(served) == before
    assert str(dag_named("reconcile").test(run_conf={"force": True}).state) == "success"
    assert snapshot(served) == {}
