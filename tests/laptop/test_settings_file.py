import json
from pathlib import Path

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.laptop.secrets import Secrets
from kintsugi.laptop.settings_file import load_into_airflow, read_settings_file

SECRETS = Secrets("admin", "password", "jwt", "fernet", "cookie", "http://127.0.0.1:8081")
OWN = "  connections:\n    - {conn_id: kintsugi_airflow, conn_type: http, conn_host: null}\n"


@pytest.fixture
def written(tmp_path):
    def write(content: str) -> Path:
        path = tmp_path / "airflow_settings.yaml"
        path.write_text(content)
        return path

    return write


def test_the_file_of_this_project_holds_what_the_dags_need_and_no_secret():
    path = Path(__file__).parents[2] / "airflow_settings.yaml"
    objects = read_settings_file(path)
    assert {each.pool_name: each.pool_slot for each in objects.pools} == {"ingest": 4, "embedding": 1, "healing": 2}
    assert [each.conn_id for each in objects.connections] == ["kintsugi_airflow"]
    assert not any(each.conn_password or each.conn_login for each in objects.connections)


def test_the_own_connection_is_completed_from_the_secrets(written):
    (connection,) = read_settings_file(written("airflow:\n" + OWN)).completed(SECRETS).connections
    body = connection.to_body()
    assert (body["host"], body["port"], body["schema"]) == ("127.0.0.1", 8081, "http")
    assert (body["login"], body["password"]) == ("admin", "password")


def test_what_the_file_says_about_the_own_connection_wins(written):
    content = (
        "airflow:\n  connections:\n    - {conn_id: kintsugi_airflow, conn_type: http, conn_host: airflow.internal}\n"
    )
    (connection,) = read_settings_file(written(content)).completed(SECRETS).connections
    assert connection.conn_host == "airflow.internal"
    assert connection.conn_port == 8081


def test_other_connections_get_no_secret(written):
    content = "airflow:\n  connections:\n    - {conn_id: elsewhere, conn_type: http}\n"
    (connection,) = read_settings_file(written(content)).completed(SECRETS).connections
    assert connection.to_body()["password"] is None


def test_what_the_template_leaves_empty_is_left_out(written):
    content = """
airflow:
  connections:
    - conn_id:
      conn_type:
  pools:
  variables:
    - variable_name:
      variable_value:
"""
    objects = read_settings_file(written(content))
    assert (objects.connections, objects.pools, objects.variables) == ((), (), ())


def test_an_extra_may_be_a_mapping_and_a_variable_any_json(written):
    content = """
airflow:
  connections:
    - {conn_id: a, conn_type: http, conn_extra: {timeout: 5}}
  variables:
    - {variable_name: limits, variable_value: [1, 2]}
"""
    objects = read_settings_file(written(content))
    assert json.loads(objects.connections[0].to_body()["extra"]) == {"timeout": 5}
    assert objects.variables[0].to_body() == {"key": "limits", "value": [1, 2]}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("airflow: [", "not valid YAML"),
        ("", "the file"),
        ("airflow:\n  pool: []\n", "airflow.pool"),
        ("airflow:\n  pools:\n    - {pool_name: a, pool_slots: 2}\n", "pools.0.pool_slot"),
        ("airflow:\n  pools:\n    - {pool_name: a, pool_slot: many}\n", "pools.0.pool_slot"),
        ("airflow:\n  connections:\n    - {conn_id: a, conn_type: http, conn_port: http}\n", "connections.0.conn_port"),
        ("airflow:\n  connections: kintsugi\n", "airflow.connections"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_file_and_key(written, content, named):
    with pytest.raises(ConfigurationError, match=r"airflow_settings\.yaml") as raised:
        read_settings_file(written(content))
    assert named in str(raised.value)


def test_an_absent_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.yaml"):
        read_settings_file(tmp_path / "absent.yaml")


def test_everything_is_sent_as_an_upsert_so_that_loading_twice_is_loading_once(written, bulk_airflow):
    content = "airflow:\n" + OWN + "  pools:\n    - {pool_name: ingest, pool_slot: 4}\n"
    objects = read_settings_file(written(content)).completed(SECRETS)
    client = AirflowClient(bulk_airflow.base_url, "admin", "password")
    for _ in range(2):
        assert load_into_airflow(objects, client) == {"connections": 1, "pools": 1, "variables": 0}
    client.close()
    assert bulk_airflow.held["pools"] == {"ingest": {"name": "ingest", "slots": 4, "description": ""}}
    assert bulk_airflow.held["connections"]["kintsugi_airflow"]["port"] == 8081
    assert bulk_airflow.held["variables"] == {}


def test_a_refusal_inside_a_good_answer_is_an_error_that_names_the_kind(written, bulk_airflow):
    objects = read_settings_file(written("airflow:\n  pools:\n    - {pool_name: ingest, pool_slot: 4}\n"))
    bulk_airflow.refuse = "only slots can be modified"
    client = AirflowClient(bulk_airflow.base_url, "admin", "password")
    with pytest.raises(TerminalError, match="pools were not all accepted") as raised:
        load_into_airflow(objects, client)
    client.close()
    assert "only slots can be modified" in raised.value.got
