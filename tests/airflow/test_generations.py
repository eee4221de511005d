"""The DAGs around generations at work, in Airflow's own test runner, on real embedded stores."""

import pytest

from kintsugi.index import publish as steps
from kintsugi.index.finish import mark
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.platform import open_platform
from kintsugi.records import Generation
from tests.airflow.test_runs import dag_named, states
from tests.builders import RUN, HashEmbedder
from tests.index.corpus import seed_known_items


@pytest.fixture
def seeded(tmp_path, monkeypatch):
    """A platform with documents; the tasks use the same embedder of hashed words, since a model takes seconds."""
    (tmp_path / "var" / "run").mkdir(parents=True)
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.setenv("KINTSUGI_GENERATIONS__KEEP_RETIRED", "0")
    monkeypatch.setenv("KINTSUGI_GENERATIONS__RETIRE_AFTER", "0")
    monkeypatch.delenv("KINTSUGI_VAR", raising=False)
    monkeypatch.setattr("kintsugi.embedding.connect.connect_embedder", lambda settings: HashEmbedder())
    platform = open_platform()
    seed_known_items(platform)
    yield platform
    platform.close()


@pytest.fixture
def served(seeded):
    """The same, with one generation."""
    publish(seeded, RUN)
    return seeded


def test_a_run_that_is_killed_before_the_gate_is_completed_by_the_next_though_nothing_changed(airflow_database, seeded):
    planned = steps.plan(seeded, RUN)
    steps.write_all(seeded, planned, RUN)
    mark(seeded, planned)
    assert serving(seeded.records) is None, "it was killed here"
    dag = dag_named("publish")
    run = dag.test()
    assert str(run.state) == "success", states(run)
    assert serving(seeded.records).id == planned.generation
    (said,) = (each.xcom_pull(task_ids="finish") for each in run.get_task_instances() if each.task_id == "finish")
    assert (said["ruling"], said["flipped"]) == ("promote", True)
    assert "worst" not in said, "words of documents are not for everybody who sees the runs"
    assert states(dag.test())["finish"] == "skipped", "nothing is left to do"


def test_a_build_on_demand_is_flipped_to_and_tidy_drops_what_is_too_old(airflow_database, served):
    first = serving(served.records).id
    build = dag_named("build_generation")
    run = build.test()
    assert str(run.state) == "success", states(run)
    second = serving(served.records).id
    assert second != first
    assert served.records.get(Generation, second).run.dag == "build_generation"
    run = build.test()
    assert str(run.state) == "success", states(run)
    run = dag_named("tidy").test()
    assert str(run.state) == "success", states(run)
    assert served.index.names() == sorted([second, serving(served.records).id])
    assert served.records.get(Generation, first).dropped_at is not None
