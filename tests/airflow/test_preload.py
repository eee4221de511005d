"""What the scheduler loads for its workers, looked at in processes of their own."""

import subprocess
import sys

import pytest

from tests.airflow.conftest import ROOT

ASK = """
import sys
from airflow.listeners.listener import get_listener_manager
before = "great_expectations" in sys.modules
sys.argv = ["airflow", *sys.argv[1:]]
get_listener_manager().hook.on_starting(component=None)
print(before, "great_expectations" in sys.modules)
"""


@pytest.mark.parametrize(
    ("command", "executor", "loaded"),
    [
        ("scheduler", "LocalExecutor", True),
        ("scheduler", "airflow.providers.celery.executors.celery_executor.CeleryExecutor", False),
        ("triggerer", "LocalExecutor", False),
    ],
)
def test_only_a_scheduler_whose_workers_are_its_forks_loads_what_tasks_import(monkeypatch, command, executor, loaded):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "plugins"))
    done = subprocess.run([sys.executable, "-c", ASK, command], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split()[-2:] == ["False", str(loaded)], done.stderr
