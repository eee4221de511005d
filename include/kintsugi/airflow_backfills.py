"""Airflow's backfills over its REST API: plan, start, follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from kintsugi.airflow_session import AirflowSession
from kintsugi.errors import ConfigurationError

Again = Literal["none", "failed", "completed"]
"""Which partitions that have a run already get another: none, those whose last run failed, or all that have ended."""

_CREATES = 600.0
"""Seconds that Airflow may take to answer: it creates every run before it does."""


_OF_BACKFILL = ("id", "from_date", "to_date", "created_at")


@dataclass(frozen=True)
class UnderWay:
    """A backfill that has not ended: the times that it was asked for, and when (seconds since the epoch)."""

    id: int
    first: datetime
    last: datetime
    made: float


class AirflowBackfills(AirflowSession):
    """What can be asked of the backfills of one Airflow as one user; every call may raise what its session raises."""

    def __init__(self, base_url: str, username: str, password: str, *, timeout: float = _CREATES) -> None:
        super().__init__(base_url, username, password, timeout=timeout)

    def is_paused(self, dag_id: str) -> bool | None:
        """Return whether a DAG is paused; ``None`` where Airflow knows no such DAG."""
        answer = self._send("GET", f"/api/v2/dags/{quote(dag_id, safe='~')}", accept=(404,))
        return None if answer.status_code == 404 else bool(self._json(answer).get("is_paused"))

    def under_way(self, dag_id: str) -> UnderWay | None:
        """Return the backfill of a DAG that has not ended; Airflow has one at a time."""
        newest, _ = self._page(
            "/api/v2/backfills", "backfills", {"dag_id": dag_id, "order_by": "-id"}, 0, *_OF_BACKFILL
        )
        going_on = next((each for each in newest if each.get("completed_at") is None), None)
        if going_on is None:
            return None
        first, last, made = (datetime.fromisoformat(str(going_on[name])) for name in _OF_BACKFILL[1:])
        return UnderWay(int(going_on["id"]), first, last, made.timestamp())

    def planned(self, dag_id: str, first: datetime, last: datetime, *, again: Again = "none") -> list[str]:
        """Return the keys of the partitions that a backfill would run, first and last included, the oldest first."""
        answer = self._send("POST", "/api/v2/backfills/dry_run", body=_body(dag_id, first, last, again))
        return [str(each["partition_key"]) for each in self._listed(answer, "backfills", "partition_key")]

    def create(
        self,
        dag_id: str,
        first: datetime,
        last: datetime,
        *,
        again: Again = "none",
        newest_first: bool = False,
        at_once: int = 4,
    ) -> int:
        """Start a backfill of the partitions from ``first`` to ``last``; return its id.

        Args:
            dag_id: a DAG whose schedule has partitions.
            first, last: times within the first and the last partition.
            again: which partitions that have a run already get another.
            newest_first: the latest partition comes first.
            at_once: runs at the same time.

        Raises:
            ConfigurationError: a backfill of this DAG is under way; Airflow has one at a time.
        """
        body = _body(dag_id, first, last, again) | {"run_backwards": newest_first, "max_active_runs": at_once}
        answer = self._send("POST", "/api/v2/backfills", body=body, accept=(409,))
        if answer.status_code == 409:
            raise ConfigurationError(
                f"backfill of {dag_id}: another one is under way",
                expected="one backfill of a DAG at a time",
                next_step="wait for it, or cancel it in the Airflow UI: its DAG → Backfills",
            )
        return int(self._json(answer)["id"])

    def is_complete(self, backfill: int) -> bool:
        """Return whether all runs of a backfill have ended."""
        return self._json(self._send("GET", f"/api/v2/backfills/{backfill}")).get("completed_at") is not None

    def runs(self, dag_id: str) -> Iterator[dict[str, Any]]:
        """Yield every run of a DAG that a backfill has made."""
        path = f"/api/v2/dags/{quote(dag_id, safe='~')}/dagRuns"
        return self._pages(path, "dag_runs", {"run_type": ["backfill"], "order_by": "id"}, "dag_run_id", "state")

    def all_runs(self, dag_id: str) -> Iterator[dict[str, Any]]:
        """Yield every run of a DAG, whatever started it."""
        path = f"/api/v2/dags/{quote(dag_id, safe='~')}/dagRuns"
        return self._pages(path, "dag_runs", {"order_by": "id"}, "dag_run_id", "state", "run_type")

    def count_runs(self, dag_id: str, *states: str) -> int:
        """Return how many runs a DAG has in these states; in any, where none is named."""
        path = f"/api/v2/dags/{quote(dag_id, safe='~')}/dagRuns"
        return self._page(path, "dag_runs", {"state": list(states)} if states else {}, 0)[1]

    def count_tasks(self, dag_id: str, *states: str) -> int:
        """Return how many task instances of a DAG are in these states, over all its runs."""
        path = f"/api/v2/dags/{quote(dag_id, safe='~')}/dagRuns/~/taskInstances"
        return self._page(path, "task_instances", {"state": list(states)}, 0)[1]


def _body(dag_id: str, first: datetime, last: datetime, again: Again) -> dict[str, Any]:
    return {
        "dag_id": dag_id,
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "reprocess_behavior": again,
    }
