"""Airflow's own operation as a source: one document a DAG run, one partition an hour."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.identity import digest
from kintsugi.records import Labels
from kintsugi.sources.airflow_account import account_of, title_of
from kintsugi.sources.airflow_over_rest import LABELS, OverRest
from kintsugi.sources.airflow_runs import AirflowRun, LogExcerpt, TaskTry, excerpt_of, run_of
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.partitions import window_of
from kintsugi.sources.port import RawItem

MAX_LOGS = 60


class AirflowSource(OverRest):
    """The runs of one Airflow that ended in an hour of UTC, read through its REST API.

    A run's digest comes from states and times only: a run that is known already costs no reading of logs. Logs are
    read for at most `MAX_LOGS` tries of a run, those that failed first.
    """

    contract = "airflow"

    def __init__(self, client: AirflowClient, *, name: str = "airflow", labels: Labels = LABELS) -> None:
        super().__init__(client, name=name, labels=labels)

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield one item for each run that ended in the hour; logs are read when the item is."""
        for run in self._ended_in(partition):
            yield RawItem(
                external_id=f"{run.dag_id}/{run.run_id}",
                media_type=MARKDOWN,
                locator=f"{self._client.base_url}/dags/{run.dag_id}/runs/{run.run_id}",
                read=partial(self._account, run),
                labels=self.labels,
                raw_digest=digest("airflow-run", json.dumps(asdict(run), sort_keys=True)),
                title=title_of(run),
                metadata=_metadata(run),
            )

    def runs(self, partition: str) -> Iterator[AirflowRun]:
        """Yield the runs that ended in the hour, with the error of each try that failed."""
        for run in self._ended_in(partition):
            yield self._explained(run, self._logs(run, [each for each in run.tasks if each.failed]))

    def _ended_in(self, partition: str) -> Iterator[AirflowRun]:
        window = window_of(self.name, "hour", partition)
        self._client.version()
        for facts in self._client.dag_runs(window.start, window.end):
            dag_id, run_id = facts["dag_id"], facts["dag_run_id"]
            tries = []
            for each in self._client.task_instances(dag_id, run_id):
                if (each.get("try_number") or 0) > 1:
                    tries += self._client.tries(dag_id, run_id, each["task_id"], each.get("map_index", -1))
                else:
                    tries.append(each)
            yield run_of(facts, tries)

    def _account(self, run: AirflowRun) -> bytes:
        failed_first = sorted(run.tasks, key=lambda each: not each.failed)
        logs = self._logs(run, failed_first)
        return account_of(self._explained(run, logs), logs).encode("utf-8", "replace")

    def _logs(self, run: AirflowRun, tries: list[TaskTry]) -> dict[tuple[str, int, int], LogExcerpt]:
        ran = [each for each in tries if each.try_number > 0 and each.start is not None]
        return {
            (each.task_id, each.map_index, each.try_number): excerpt_of(
                self._client.log_lines(run.dag_id, run.run_id, each.task_id, each.try_number, each.map_index)
            )
            for each in ran[:MAX_LOGS]
        }

    def _explained(self, run: AirflowRun, logs: dict[tuple[str, int, int], LogExcerpt]) -> AirflowRun:
        def explained(each: TaskTry) -> TaskTry:
            excerpt = logs.get((each.task_id, each.map_index, each.try_number))
            return replace(each, error=excerpt.error) if each.failed and excerpt else each

        return replace(run, tasks=tuple(explained(each) for each in run.tasks))


def _metadata(run: AirflowRun) -> dict[str, str]:
    return {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "state": run.state,
        "started": f"{run.start:.3f}",
        "ended": f"{run.end:.3f}",
        "seconds": f"{run.seconds:.3f}",
        "tasks": str(len({(each.task_id, each.map_index) for each in run.tasks})),
        "tries": str(sum(each.try_number > 0 for each in run.tasks)),
        "failed_tries": str(sum(each.failed and each.try_number > 0 for each in run.tasks)),
    }
