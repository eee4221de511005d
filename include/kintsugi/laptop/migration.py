"""Brings Airflow's tables up to date, and skips the seconds that finding out takes when nothing can have changed."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from kintsugi.errors import TransientError
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.folders import airflow_home, log_path
from kintsugi.laptop.postgres import Postgres
from kintsugi.laptop.processes import identify, spawn, terminate
from kintsugi.laptop.services import MIGRATE
from kintsugi.settings import Settings

PATIENCE = 300.0


def migrate(
    settings: Settings, postgres: Postgres, environment: Mapping[str, str], stopping: Callable[[], bool]
) -> bool:
    """Run ``airflow db migrate`` unless the tables are those that this very Airflow made; return whether it ran.

    Returns early, without an error, when ``stopping`` says so.

    Raises:
        TransientError: it failed or took longer than `PATIENCE` seconds; its log says why.
    """
    installed = version("apache-airflow-core")
    stamp = airflow_home(settings) / "migrated.json"
    if _read(stamp) == {"airflow": installed, "revision": postgres.alembic_revision() or None}:
        return False
    log = log_path(settings, "migrate")
    process = spawn(MIGRATE, environment, log, settings.home)
    try:
        code = _wait(process, stopping)
    finally:
        identity = identify(process.pid)
        if process.returncode is None and identity is not None:
            terminate([identity], 5.0)
    if code is None and stopping():
        return True
    if code != 0:
        raise TransientError(
            "airflow db migrate: failed" if code is not None else "airflow db migrate: took too long",
            got=f"exit code {code}" if code is not None else f"no end after {PATIENCE:.0f} s",
            next_step=f"read {log}",
        )
    write_json(stamp, {"airflow": installed, "revision": postgres.alembic_revision()})
    return True


def _wait(process: subprocess.Popen[bytes], stopping: Callable[[], bool]) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline and not stopping():
        time.sleep(0.1)
    return process.poll()


def _read(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
