"""docker/compose.yaml and the Dockerfile keep to the schema and to our rules."""

import re

import pytest

from kintsugi.settings import load_settings
from scripts import compose_check
from scripts.compose_rules import environment_of
from tests.docker.conftest import DOCKER


def test_the_files_are_good(options):
    assert list(compose_check.complaints(DOCKER, options)) == []


def test_what_the_issue_asks_for_is_there(compose):
    services = compose["services"]
    assert {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "worker-embedding"} <= set(services)
    assert {"postgres", "redis", "mongo1", "mongo2", "mongo3", "opensearch1", "opensearch2"} <= set(services)
    assert services["worker"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("redis", "ports", "6379:6379"),
        ("redis", "memory", "1g"),
        ("redis", "healthcheck", {"test": 7}),
        ("redis", "depends_on", {"postgres": {"condition": "service_fine"}}),
    ],
)
def test_a_key_or_a_value_that_compose_does_not_know_is_noticed(compose, service, key, value):
    compose["services"][service][key] = value
    found = list(compose_check.schema_complaints(compose, compose_check.compose_schema()))
    assert found
    assert all(complaint.startswith(f"services.{service}") for complaint in found)


def test_the_schema_stands_for_itself():
    assert list(compose_check.schema_complaints({"servces": {}}, compose_check.compose_schema()))


def test_the_options_of_celery_are_among_those_that_are_checked(options):
    assert options["celery.broker_url"] is True
    assert options["core.executor"] is False


def test_the_cluster_has_the_heartbeat_without_which_resumed_tasks_fail(compose):
    assert compose["services"]["worker"]["environment"]["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"] == "1"


def test_the_workers_listen_to_the_queues_that_tasks_are_sent_to(compose):
    queues = {
        queue
        for name in ("worker", "worker-embedding")
        for command in [compose["services"][name]["command"]]
        for queue in command[command.index("--queues") + 1].split(",")
    }
    assert queues == {"default", "embedding"}


def test_the_settings_can_be_read_and_are_the_same_for_every_part_of_airflow(compose, tmp_path):
    parts = [each for each in compose["services"].values() if "AIRFLOW__CORE__EXECUTOR" in environment_of(each)]
    assert len(parts) == 7
    found = [load_settings(environment_of(each) | {"KINTSUGI_HOME": str(tmp_path)}) for each in parts]
    assert all(each == found[0] for each in found)
    assert found[0].mongo.uri
    assert found[0].opensearch.url


def test_the_stores_are_those_that_the_settings_name(compose, tmp_path):
    settings = load_settings(environment_of(compose["services"]["worker"]) | {"KINTSUGI_HOME": str(tmp_path)})
    for address in (settings.mongo.uri, settings.opensearch.url):
        hosts = re.findall(r"([a-z]+\d):\d+", address)
        assert hosts
        assert set(hosts) <= set(compose["services"])
