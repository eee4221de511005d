"""The publish step of the main job: what it waits for, and what it says."""

from types import SimpleNamespace

import pytest

from kintsugi.documents import intake
from kintsugi.index.dump import dump
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.laptop import steps
from tests.builders import RUN, HashEmbedder

QUIET = SimpleNamespace(dag_runs=lambda *_: iter(()), base_url="")
"""An Airflow in which nothing failed."""


@pytest.fixture
def served(platform, clock):
    for number in range(3):
        (platform.settings.runbooks / f"{number}.md").write_text(f"# Alarm {number}\n\nDo step {number}.")
    intake.ingest(platform, "runbooks", "all", RUN)
    clock.advance(1000)
    publish(platform, RUN)
    return platform


def test_what_is_served_already_is_not_waited_for(served):
    name, said = steps.publish(served, QUIET, 0.0)
    assert name == serving(served.records).id
    assert said == f"generation {name} serves 3 chunks"


def test_an_index_that_was_lost_is_filled_anew_and_the_step_says_so(served):
    before = dump(served)
    served.index.drop(before.generation)
    _, said = steps.publish(served, QUIET, 0.0)
    assert "its index was lost and is back, 3 entries from the records" in said
    assert dump(served) == before


def test_a_generation_that_the_gate_holds_back_is_named_instead_of_waited_for(served, clock):
    first = serving(served.records).id
    (served.settings.runbooks / "new.md").write_text("# New\n\nText.")
    intake.ingest(served, "runbooks", "all", RUN.model_copy(update={"run_id": "run-2"}))
    clock.advance(1)
    outcome = publish(served.using(embedder=HashEmbedder(model="other")), RUN)
    assert not outcome.flipped
    name, said = steps.publish(served, QUIET, 0.0)
    assert name == first
    assert f"{outcome.generation} does not yet (hold:" in said
