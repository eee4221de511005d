"""`kintsugi bench start`: from installed to healthy and to the first answer, twice, and the DAG bag's import."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kintsugi.bench.command import kintsugi, run
from kintsugi.bench.output import Row
from kintsugi.errors import TransientError
from kintsugi.settings import Settings

_IMPORT_DAGS = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
begun = time.perf_counter()
bag = DagBag(sys.argv[1])
seconds = time.perf_counter() - begun
errors = {str(file): error for file, error in bag.import_errors.items()}
print(json.dumps({"seconds": seconds, "dags": len(bag.dags), "errors": errors}))
"""


def measure(settings: Settings) -> Iterator[Row]:
    """Start a platform in a place of its own, stop it, start it again, and yield a row for each figure.

    Raises:
        TransientError: the platform did not start; the message has its last words.
    """
    with TemporaryDirectory(prefix="kb-") as place:
        environment = {**os.environ, "KINTSUGI_HOME": str(settings.home), "KINTSUGI_VAR": place}
        try:
            yield from _start("first", environment)
            kintsugi(environment, "down")
            yield from _start("second", environment)
            yield from _start("running", environment)
            yield _import_dags(settings, environment, Path(place))
        finally:
            kintsugi(environment, "down")


def _start(name: str, environment: Mapping[str, str]) -> Iterator[Row]:
    begun = time.perf_counter()
    seconds: dict[str, Any] = json.loads(kintsugi(environment, "up", "--json"))["report"]["seconds"]
    total = time.perf_counter() - begun
    yield {"start": name, "until": "healthy", "seconds": seconds["healthy"]}
    yield {"start": name, "until": "first answer", "seconds": seconds["to_first_answer"]}
    yield {"start": name, "until": "report", "seconds": round(total, 1)}


def _import_dags(settings: Settings, environment: Mapping[str, str], place: Path) -> Row:
    home = place / "dagbag"
    alone = {
        **environment,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.home / "plugins"),
        "PYTHONPATH": str(settings.home / "plugins"),
    }
    answer = run([sys.executable, "-c", _IMPORT_DAGS, str(settings.home / "dags")], alone)
    bag = json.loads(answer.strip().splitlines()[-1])
    if bag["errors"]:
        raise TransientError(
            "bench start: the DAG bag has import errors",
            got=str(bag["errors"])[:500],
            next_step="`kintsugi doctor` shows them",
        )
    return {"start": "import", "until": f"{bag['dags']} DAGs imported", "seconds": round(bag["seconds"], 2)}
