"""A changed column is decided in Airflow: its own operator asks, its own API takes the answer, and the run goes on."""

import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.schema import schema_of
from kintsugi.documents import intake
from kintsugi.healing.incidents import get_incident
from kintsugi.healing.sweep import sweep
from kintsugi.platform import Platform, open_platform
from kintsugi.records import Document, Partition, RunRef
from tests.airflow.conftest import HOME, ROOT
from tests.builders import RUN
from tests.contracts.tables import SOURCE, OrdersFile, orders
from tests.healing.stubs import StubAirflow

BUNDLE = "heal-alone"
USER = {"username": "admin", "password": "secret"}


class IngestingAirflow(StubAirflow):
    """An Airflow that takes a partition in as soon as its run is asked for, on a platform that it opens itself."""

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        answer = super().answer(method, path, sent)
        if method == "POST" and path.endswith("/dagRuns") and answer[0] == 200:
            run = RunRef(dag=f"ingest_{SOURCE}", run_id=sent["dag_run_id"])
            with closing(open_platform()) as platform:
                intake.ingest(platform, SOURCE, sent["partition_key"] or "all", run)
            self.states[sent["dag_run_id"]] = "success"
        return answer


@pytest.fixture(scope="module")
def dag(airflow_database) -> Any:
    """The DAG `heal`, known to Airflow's database."""
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    bag = DagBag(dag_folder=str(ROOT / "dags" / "heal.py"), bundle_path=ROOT / "dags", bundle_name=BUNDLE)
    with create_session() as session:
        session.merge(DagBundleModel(name=BUNDLE))
    sync_bag_to_db(bag, BUNDLE, None)
    return bag.dags["heal"]


@pytest.fixture(scope="module")
def api(airflow_database):
    """A client of a real API server on a free port, logged in as its admin."""
    import uvicorn
    from airflow.api_fastapi.app import create_app

    (HOME / "simple_auth_manager_passwords.json.generated").write_text(json.dumps({"admin": USER["password"]}))
    server = uvicorn.Server(uvicorn.Config(create_app(apps="core"), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    token = httpx.post(f"{url}/auth/token", json=USER, timeout=60).json()["access_token"]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def held(tmp_path, monkeypatch):
    """A platform with a table whose column got another name since its first partition, which is held for it."""
    for name in ("docs/runbooks", "var/inbox", "var/run"):
        (tmp_path / name).mkdir(parents=True)
    airflow = IngestingAirflow()
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.delenv("KINTSUGI_VAR", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_KINTSUGI_AIRFLOW", airflow.url.replace("http://", "http://user:password@"))
    platform = open_platform()
    file = OrdersFile(platform)
    file.write(orders())
    intake.ingest(platform, SOURCE, "all", RUN)
    file.write([*orders(customer="client_name"), orders(31, customer="client_name")[30]])
    with pytest.raises(SchemaDrift):
        intake.ingest(platform, SOURCE, "all", RUN)
    yield platform
    platform.close()
    airflow.close()


class HealRun:
    """A run of `heal`, started as the dispatcher starts it, and run as Airflow's scheduler and workers would."""

    def __init__(self, dag: Any, incident: str) -> None:
        from airflow.serialization.serialized_objects import DagSerialization
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType, DagRunType

        self.id = f"heal__{incident}__{uuid4().hex[:8]}"
        self._dag = dag
        serialized = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        now = datetime.now(UTC)
        with create_session() as session:
            serialized.create_dagrun(
                run_id=self.id,
                run_after=now,
                start_date=now,
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                partition_key=incident,
                session=session,
            )
        self._serialized = serialized

    def go_on(self) -> dict[str, str]:
        """Run what can run until nothing can; return the state of each task."""
        from airflow.models.dagrun import DagRun
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.session import create_session
        from airflow.utils.state import TaskInstanceState

        while True:
            with create_session() as session:
                run = session.query(DagRun).filter_by(dag_id="heal", run_id=self.id).one()
                run.dag = self._serialized
                for ti in run.update_state(session=session)[0]:
                    ti.try_number += 1
                    ti.state = TaskInstanceState.SCHEDULED
                session.commit()
                all_of_them = run.get_task_instances(session=session)
                ready = [ti for ti in all_of_them if ti.state == TaskInstanceState.SCHEDULED]
                states = {ti.task_id: str(ti.state) for ti in all_of_them}
                session.expunge_all()
            if not ready:
                return states
            for ti in ready:
                _run_task(ti=ti, task=self._dag.task_dict[ti.task_id], run_triggerer=True)

    @property
    def question(self) -> str:
        """Where Airflow's API has what is asked, and takes the answer."""
        return f"/api/v2/dags/heal/dagRuns/{self.id}/taskInstances/approve/-1/hitlDetails"


@pytest.fixture
def asked(held, dag, api) -> tuple[Platform, HealRun, str]:
    """A run of `heal` that waits for a person's answer."""
    (incident,) = sweep(held, RUN, sleep=lambda _: None)
    run = HealRun(dag, incident.id)
    states = run.go_on()
    assert states["approve"] == "awaiting_input", states
    assert states["repair"] == "None"
    return held, run, incident.id


def answer(api, run, choice):
    return api.patch(run.question, json={"chosen_options": [choice], "params_input": {}})


def partition(platform):
    return platform.records.get(Partition, f"{SOURCE}@all")


def test_a_mapping_that_is_shown_with_its_scores_and_approved_replays_what_was_held(asked, api):
    platform, run, incident = asked
    told = api.get(run.question).json()
    assert (told["options"], told["defaults"], told["response_received"]) == (["Approve", "Deny"], ["Deny"], False)
    assert "| `client_name` | `customer` | renamed | 0." in told["body"]
    assert partition(platform).state == "held"
    assert answer(api, run, "Approve").status_code == 200
    states = run.go_on()
    assert states["outcome"] == "success", states
    resolved = get_incident(platform.records, incident)
    assert (resolved.state, resolved.approval["by"]) == ("resolved", "admin")
    assert schema_of(platform, SOURCE).mapping == {"client_name": "customer"}
    assert schema_of(platform, SOURCE).accepted_by == "admin"
    after = partition(platform)
    assert (after.state, after.written, after.skipped) == ("committed", 1, 30), "old rows read as before"
    assert after.run.dag == f"ingest_{SOURCE}"
    assert platform.records.count(Document, {"source": SOURCE, "deleted_at": None}) == 31


def test_a_denied_mapping_leaves_everything_as_it_is_and_no_second_answer_counts(asked, api):
    platform, run, incident = asked
    assert answer(api, run, "Deny").status_code == 200
    assert answer(api, run, "Approve").status_code == 409
    states = run.go_on()
    assert states["outcome"] == "failed", states
    denied = get_incident(platform.records, incident)
    assert (denied.state, denied.outcome) == ("escalated", "denied by admin")
    assert partition(platform).state == "held"
    schema = schema_of(platform, SOURCE)
    assert (schema.mapping, schema.proposal.mapping) == ({}, {"client_name": "customer"})
    assert platform.records.count(Document, {"source": SOURCE, "deleted_at": None}) == 30
