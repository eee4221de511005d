"""The DAG files as the running Airflow knows them: which are still waited for, which are broken, which are paused."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kintsugi.airflow_rest import AirflowClient
from kintsugi.settings import Settings

PARSED_WITHIN = 60.0
"""Seconds that the dag-processor may take for all files of a fresh platform."""


@dataclass(frozen=True)
class DagFiles:
    """What Airflow makes of the files.

    Attributes:
        dags: id and whether it is paused, of each DAG that is there.
        broken: why a file can't be imported, by file name.
        waiting: names of files of which Airflow knows nothing yet.
    """

    dags: Mapping[str, bool]
    broken: Mapping[str, str]
    waiting: tuple[str, ...]


def compare(files: Iterable[str], dags: Iterable[Mapping[str, Any]], errors: Iterable[Mapping[str, Any]]) -> DagFiles:
    """Hold what Airflow answers against the names of the files that are there."""
    known = [each for each in dags if not each.get("is_stale")]
    parsed = {Path(str(each["fileloc"])).name for each in known}
    broken = {Path(str(each["filename"])).name: _reason(str(each["stack_trace"])) for each in errors}
    return DagFiles(
        dags={str(each["dag_id"]): bool(each["is_paused"]) for each in known},
        broken=broken,
        waiting=tuple(sorted(set(files) - parsed - set(broken))),
    )


def look(settings: Settings, client: AirflowClient) -> DagFiles:
    """Ask Airflow now."""
    files = (path.name for path in (settings.home / "dags").glob("*.py"))
    return compare(files, client.dags(), client.import_errors())


def wait_until_parsed(
    settings: Settings,
    client: AirflowClient,
    *,
    patience: float = PARSED_WITHIN,
    sleep: Callable[[float], None] = time.sleep,
) -> DagFiles:
    """Return what Airflow makes of the files once it has looked at all of them, or after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while True:
        found = look(settings, client)
        if not found.waiting or time.monotonic() > deadline:
            return found
        sleep(0.3)


def unpause_all(client: AirflowClient, found: DagFiles) -> list[str]:
    """Let every DAG run; return the ids of those that were paused."""
    paused = [dag_id for dag_id, is_paused in found.dags.items() if is_paused]
    for dag_id in paused:
        client.unpause(dag_id)
    return paused


def _reason(stack_trace: str) -> str:
    lines = [line for line in stack_trace.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
