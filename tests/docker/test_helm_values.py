"""docker/helm-values.yaml sets what exists, and holds no secret. The chart itself isn't here to be asked."""

import re

import pytest
import yaml

from kintsugi.settings import known_keys, load_settings
from scripts import compose_rules as rules
from tests.docker.conftest import DOCKER


@pytest.fixture
def values():
    return yaml.safe_load((DOCKER / "helm-values.yaml").read_text())


def test_every_variable_is_a_setting_and_none_is_a_secret(values):
    environment = {each["name"]: each["value"] for each in values["env"]}
    compose = {"services": {"all": {"environment": environment}}}
    assert list(rules.known_settings(compose, known_keys(), {})) == []
    assert list(rules.literal_secrets(compose)) == []


def test_the_settings_can_be_read(values, tmp_path):
    environment = {each["name"]: each["value"] for each in values["env"]}
    assert load_settings(environment | {"KINTSUGI_HOME": str(tmp_path)}).embedding.server is False


def test_every_option_of_airflow_exists(values, options):
    given = {f"{section}.{key}" for section, content in values["config"].items() for key in content}
    assert given - set(options) == set()


def test_it_runs_the_versions_of_the_stack(values, compose):
    tag = re.search(r":-([\d.]+)", compose["services"]["worker"]["image"])[1]
    assert values["defaultAirflowTag"] == tag
    assert f"apache-airflow=={values['airflowVersion']}" in (DOCKER.parent / "pyproject.toml").read_text()


def test_every_file_that_a_variable_names_is_in_a_folder_that_is_mounted(values):
    folders = [each["mountPath"] for each in values["volumeMounts"]]
    for each in values["env"]:
        if each["name"].endswith("_FILE") or each["name"] == "KINTSUGI_VAR":
            assert any(each["value"].startswith(folder) for folder in folders)


def test_the_workers_have_as_many_slots_as_the_scheduler_hands_out(values):
    slots = values["workers"]["replicas"] * values["config"]["celery"]["worker_concurrency"]
    assert values["config"]["core"]["parallelism"] == slots


def test_the_workers_listen_to_the_queue_of_the_policy(values):
    assert "--queues default,embedding" in values["workers"]["args"][-1]
