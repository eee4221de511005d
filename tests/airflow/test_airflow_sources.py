"""The sources of kind ``airflow`` against Airflow's own API server, on what one real DAG did."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.intake import ingest
from kintsugi.records import Labels
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.airflow_assets import AirflowAssets
from kintsugi.sources.airflow_dags import AirflowDags
from kintsugi.sources.partitions import key_at
from tests.airflow.conftest import HOME
from tests.builders import RUN

BUNDLE = "told"
DAG = """
from airflow.sdk import Asset, dag, task


@dag(schedule="@daily", description="Loads the tide tables.", tags=["tides"], doc_md="# Why\\n\\nShips need them.")
def tide_tables():
    @task(outlets=[Asset("tides", uri="test://tides/harbour")], doc_md="Asks the harbour.", retries=1)
    def fetch():
        return 1

    fetch()


tide_tables()
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory, airflow_database) -> float:
    """A folder with a DAG that has run once, and with a file that can't be imported; returns when the run ended."""
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    folder = tmp_path_factory.mktemp("dags")
    (folder / "tides.py").write_text(DAG)
    (folder / "broken.py").write_text("from airflow.sdk import dag\n\nnowhere.to_be_found()\n")
    bag = DagBag(dag_folder=str(folder), bundle_path=folder, bundle_name=BUNDLE)
    with create_session() as session:
        session.add(DagBundleModel(name=BUNDLE))
    sync_bag_to_db(bag, BUNDLE, None)
    run = bag.dags["tide_tables"].test()
    assert str(run.state) == "success"
    sync_bag_to_db(bag, BUNDLE, None)  # the test runner has read the DAG alone, and forgot the broken file
    return float(run.end_date.timestamp())


@pytest.fixture(scope="module")
def client(told):
    """A client of a real API server on a free port, logged in as its admin."""
    import uvicorn
    from airflow.api_fastapi.app import create_app

    (HOME / "simple_auth_manager_passwords.json.generated").write_text(json.dumps({"admin": "secret"}))
    server = uvicorn.Server(uvicorn.Config(create_app(apps="core"), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    client = AirflowClient(f"http://127.0.0.1:{port}", "admin", "secret", timeout=60.0)
    yield client
    client.close()
    server.should_exit = True
    thread.join(10)


def test_a_dag_and_what_is_broken_are_told_as_airflow_knows_them(client, platform):
    source = AirflowDags(client, name="dags", labels=Labels())
    items = {item.external_id: item.read().decode() for item in source.items("all")}
    text = items["dags/tide_tables"]
    assert text.startswith("# DAG tide_tables\n\nLoads the tide tables.\n\n- Schedule: `")
    assert "- Tags: tides" in text
    assert "- File: `tides.py` of bundle `told`" in text
    assert "## Why\n\nShips need them." in text
    assert "- `fetch` (@task), 1 retry\n\n### Task fetch\n\nAsks the harbour." in text
    assert "NameError: name 'nowhere' is not defined" in items["import-errors/told/broken.py"]
    assert ingest(platform, source, "all", RUN).refused == 0


def test_an_asset_that_a_task_updated_is_told(client, told):
    source = AirflowAssets(client, name="assets", labels=Labels())
    hours = {key_at("hour", told - 60), key_at("hour", told)}
    items = (item for hour in hours for item in source.items(hour))
    (text,) = [item.read().decode() for item in items if item.metadata["asset"] == "tides"]
    assert "Asset `tides` (`test://tides/harbour`, group `asset`) was updated once" in text
    assert "by `tide_tables.fetch` in run `" in text


def test_a_run_is_told_with_its_tries(client, told):
    items = {item.metadata["dag_id"]: item for item in AirflowSource(client).items(key_at("hour", told))}
    assert "- `fetch` try 1 (@task): success" in items["tide_tables"].read().decode()


def test_it_says_which_airflow_it_is(client):
    from airflow import __version__

    assert client.version() == __version__
    assert list(client.asset_events(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))) == []
