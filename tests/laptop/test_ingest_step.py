"""The ingest step of the main job: whose result counts."""

import pytest

from kintsugi.errors import TransientError
from kintsugi.laptop import steps
from kintsugi.records import Partition, RunRef

HOUR = "2026-11-25T19"


class Airflow:
    """An Airflow whose one run ends as told, after something has happened to the partition."""

    base_url = "http://airflow"

    def __init__(self, state: str, meanwhile=lambda: None) -> None:
        self._state, self._meanwhile = state, meanwhile

    def trigger(self, dag_id: str, run_id: str, **_: object) -> bool:
        self.run_id = run_id
        return True

    def run_state(self, dag_id: str, run_id: str) -> str:
        self._meanwhile()
        return self._state


def partition(state: str, run_id: str, at: float, **counts: int) -> Partition:
    run = RunRef(dag="ingest_airflow", run_id=run_id)
    return Partition(id=f"airflow@{HOUR}", source="airflow", key=HOUR, state=state, run=run, changed_at=at, **counts)


def test_a_run_that_the_scheduled_one_took_over_counts_as_done_when_that_has_committed(platform, clock):
    rounds = iter(["running", "committed"])

    def scheduled_goes_on() -> None:
        platform.records.put([partition(next(rounds), "scheduled", clock(), written=7)])

    airflow = Airflow("failed", scheduled_goes_on)
    original = platform.records.get
    calls = []

    class Watching:
        """Lets the scheduled run end once somebody has looked."""

        def __getattr__(self, name):
            return getattr(platform.records, name)

        def get(self, kind, id):
            found = original(kind, id)
            calls.append(found)
            if len(calls) == 2:
                scheduled_goes_on()
            return found

    record, said = steps.ingest(platform.using(records=Watching()), airflow, "airflow", HOUR)
    assert (record.run.run_id, record.state) == ("scheduled", "committed")
    assert said == "7 written, 0 unchanged, 0 refused"


@pytest.mark.parametrize("state", ["failed", "held"])
def test_a_run_that_failed_is_named_with_the_way_to_it(platform, clock, state):
    airflow = Airflow("failed")
    airflow._meanwhile = lambda: platform.records.put([partition(state, airflow.run_id, clock())])
    with pytest.raises(
        TransientError, match=r"ended as failed; next: open http://airflow/dags/ingest_airflow/runs/up__"
    ):
        steps.ingest(platform, airflow, "airflow", HOUR)


def test_a_run_that_another_took_over_and_failed_with_is_a_failure_too(platform, clock):
    platform.records.put([partition("failed", "scheduled", clock())])
    with pytest.raises(TransientError, match="ended as failed"):
        steps.ingest(platform, Airflow("failed"), "airflow", HOUR)


def test_what_another_run_committed_before_does_not_excuse_a_failure(platform, clock):
    platform.records.put([partition("committed", "scheduled", clock() - 60)])
    with pytest.raises(TransientError, match="ended as failed"):
        steps.ingest(platform, Airflow("failed"), "airflow", HOUR)


def test_a_run_that_went_well_gives_its_counts(platform, clock):
    airflow = Airflow("success")
    airflow._meanwhile = lambda: platform.records.put(
        [partition("committed", airflow.run_id, clock(), written=2, skipped=3)]
    )
    _, said = steps.ingest(platform, airflow, "airflow", HOUR)
    assert said == "2 written, 3 unchanged, 0 refused"
