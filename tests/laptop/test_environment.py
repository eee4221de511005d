from pathlib import Path

import pytest

from kintsugi.laptop.environment import Endpoints, platform_environment, process_environment
from kintsugi.laptop.secrets import make_secrets
from kintsugi.settings import load_settings


@pytest.fixture
def ours(settings):
    return platform_environment(settings, make_secrets(), Endpoints("127.0.0.1", 8081, Path("/tmp/db folder")))


def test_every_process_learns_the_port_that_was_chosen(ours):
    assert ours["AIRFLOW__API__PORT"] == "8081"
    assert ours["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8081"
    assert ours["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8081/execution/"
    assert ours["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_the_loop_is_quick_and_a_killed_process_is_noticed_within_seconds(ours):
    assert float(ours["AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"]) <= 0.2
    assert ours["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"] == "1"
    assert float(ours["AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL"]) <= 30
    assert 20 <= float(ours["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]) <= 60


def test_tokens_are_signed_with_at_least_64_bytes(ours):
    assert len(ours["AIRFLOW__API_AUTH__JWT_SECRET"].encode()) >= 64


def test_a_database_folder_with_a_space_makes_a_valid_address(ours):
    assert ours["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("?host=/tmp/db%20folder")
    assert ours["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"].startswith("postgresql+asyncpg://")


def test_what_would_lead_a_process_astray_is_left_out_and_the_rest_stays(ours):
    inherited = {
        "PYTHONDONTWRITEBYTECODE": "1",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW_CONFIG": "/elsewhere/airflow.cfg",
        "AIRFLOW_CONN_OTHER": "http://other",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin",
    }
    made = process_environment(inherited, ours, Path("/venv/bin"))
    assert "PYTHONDONTWRITEBYTECODE" not in made
    assert "AIRFLOW_CONFIG" not in made
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert made["AIRFLOW_CONN_OTHER"] == "http://other"
    assert made["LANG"] == "C.UTF-8"
    assert made["PATH"] == "/venv/bin:/usr/bin"


def test_requests_to_this_machine_never_go_through_a_proxy(ours):
    made = process_environment({"NO_PROXY": "intranet", "HTTP_PROXY": "http://proxy"}, ours, Path("/venv/bin"))
    assert made["NO_PROXY"] == made["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_the_bundled_model_asks_no_network_and_a_hub_model_may(settings, ours):
    assert ours["HF_HUB_OFFLINE"] == "1"
    hub = load_settings({"KINTSUGI_HOME": str(settings.home), "KINTSUGI_EMBEDDING__MODEL": "someone/some-model"})
    made = platform_environment(hub, make_secrets(), Endpoints("127.0.0.1", 8080, Path("/tmp")))
    assert "HF_HUB_OFFLINE" not in made


def test_an_ipv6_address_stands_in_brackets():
    assert Endpoints("::1", 8080, Path("/tmp")).url == "http://[::1]:8080"
