"""An Airflow that has run what it is told, and filters runs by their type as Airflow does."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.backfills_stub import Asked, BackfillsStub


class Filtering(Asked):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        wanted = parse_qs(url.query).get("run_type", [])
        if url.path.endswith("/taskInstances"):
            self._answer(200, {"task_instances": [], "total_entries": 5 * len(self.server.runs)})
        elif url.path.endswith("/dagRuns"):
            runs = [each for each in self.server.runs if not wanted or each["run_type"] in wanted]
            self._answer(200, {"dag_runs": runs, "total_entries": len(runs)})
        else:
            super().do_GET()


class RunsStub(BackfillsStub):
    """What `AirflowBackfills` may ask, of runs that were made before."""

    def __init__(self, *runs: dict[str, Any]) -> None:
        super().__init__()
        self.RequestHandlerClass = Filtering
        self.runs = runs


def run_of(key: str, run_type: str, state: str = "success") -> dict[str, Any]:
    return {"dag_run_id": f"{run_type}__{key}", "run_type": run_type, "state": state, "partition_key": key}
