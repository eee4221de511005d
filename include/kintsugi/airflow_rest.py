"""A small client of Airflow's REST API (``/api/v2``, Airflow ≥ 3): what sources, healing and the laptop need of it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from kintsugi.airflow_session import AirflowSession
from kintsugi.errors import ConfigurationError, TerminalError

OLDEST = 3
"""The first Airflow with this API."""

TERMINAL_STATES = ("success", "failed")


class AirflowClient(AirflowSession):
    """What can be asked of one Airflow as one user. Safe to use from one thread at a time.

    Every call may raise what its session raises: see `AirflowSession`.
    """

    _version = ""

    def health(self) -> dict[str, Any]:
        """Return status and heartbeat of metadatabase, scheduler, triggerer and dag_processor; needs no login."""
        return self._json(self._send("GET", "/api/v2/monitor/health", anonymous=True))

    def version(self) -> str:
        """Return which Airflow this is, e.g. ``3.3.2``; needs no login, and is asked once.

        Raises:
            ConfigurationError: it is older than Airflow 3, whose API is another one.
        """
        if not self._version:
            answer = self._send("GET", "/api/v2/version", accept=(404,), anonymous=True)
            found = "nothing of that name" if answer.status_code == 404 else self._text(answer, "version")
            major = found.split(".")[0]
            if not major.isdigit() or int(major) < OLDEST:
                raise ConfigurationError(
                    f"airflow {self.base_url}: /api/v2/version names no Airflow whose API is known",
                    expected=f"Airflow {OLDEST} or later",
                    got=found[:80],
                    next_step="correct the address in the source's connection, or upgrade that Airflow",
                )
            self._version = found
        return self._version

    def dag_runs(
        self, ended_from: datetime, ended_before: datetime, states: Sequence[str] = TERMINAL_STATES
    ) -> Iterator[dict[str, Any]]:
        """Yield the runs of all DAGs with one of these states and ``ended_from ≤ end_date < ended_before``, by id."""
        window = {"end_date_gte": ended_from.isoformat(), "end_date_lt": ended_before.isoformat()}
        asked = {**window, "state": list(states), "order_by": "id"}
        return self._pages("/api/v2/dags/~/dagRuns", "dag_runs", asked, "dag_id", "dag_run_id")

    def run_state(self, dag_id: str, run_id: str) -> str | None:
        """Return the state of a run, or ``None`` when there is no such run."""
        answer = self._send("GET", f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}", accept=(404,))
        return None if answer.status_code == 404 else self._text(answer, "state")

    def task_instances(self, dag_id: str, run_id: str) -> Iterator[dict[str, Any]]:
        """Yield the current try of each task instance of a run."""
        return self._pages(f"{_run(dag_id, run_id)}/taskInstances", "task_instances", {}, "task_id")

    def tries(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> list[dict[str, Any]]:
        """Return every try of a task instance, the first one first."""
        mapped = f"/{map_index}" if map_index >= 0 else ""
        path = f"{_run(dag_id, run_id)}/taskInstances/{_part(task_id)}{mapped}/tries"
        found = self._listed(self._send("GET", path), "task_instances", "task_id")
        return sorted(found, key=lambda each: each.get("try_number") or 0)

    def log_lines(
        self,
        dag_id: str,
        run_id: str,
        task_id: str,
        try_number: int,
        map_index: int = -1,
        *,
        max_bytes: int = 4_000_000,
    ) -> Iterator[dict[str, Any]]:
        """Yield the log of a try as structured messages (``event``, mostly ``level``, ``timestamp``, ``error_detail``).

        Yields nothing when the log is gone. A line that goes beyond the first ``max_bytes`` is left out, and so is what
        follows it. Lines that are not JSON come as ``event``.
        """
        path = f"{_run(dag_id, run_id)}/taskInstances/{_part(task_id)}/logs/{try_number}"
        parameters = {"full_content": "true", "map_index": str(map_index)}
        answer = self._send(
            "GET", path, params=parameters, headers={"Accept": "application/x-ndjson"}, accept=(404,), stream=True
        )
        try:
            if answer.status_code == 404:
                return
            for line in _lines(answer.iter_bytes(), max_bytes):
                if line.strip():
                    yield _message(line)
        except httpx.HTTPError as error:
            raise self._unreachable("GET", path, error) from error
        finally:
            answer.close()

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> str:
        """Return the log of a try as plain text, a message a line; "" when it is gone."""
        lines = self.log_lines(dag_id, run_id, task_id, try_number, map_index)
        return "\n".join(f"{each.get('level', '')} {each['event']}".strip() for each in lines)

    def trigger(
        self, dag_id: str, run_id: str, *, conf: Mapping[str, Any] | None = None, partition_key: str | None = None
    ) -> bool:
        """Start a run; return false when a run of this id exists already, so that starting twice is starting once."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {}), "partition_key": partition_key}
        answer = self._send("POST", f"/api/v2/dags/{_part(dag_id)}/dagRuns", body=body, accept=(409,))
        return answer.status_code != 409

    def pause(self, dag_id: str, paused: bool = True) -> None:
        """Pause a DAG, or with ``paused=False`` let it run."""
        self._send("PATCH", f"/api/v2/dags/{_part(dag_id)}", body={"is_paused": paused})

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self.pause(dag_id, paused=False)

    def dags(self) -> Iterator[dict[str, Any]]:
        """Yield the DAGs that are there, by id."""
        return self._pages("/api/v2/dags", "dags", {"order_by": "dag_id"}, "dag_id")

    def dag_details(self, dag_id: str) -> dict[str, Any] | None:
        """Return documentation, schedule, owners, tags … of a DAG; ``None`` when there is no such DAG."""
        answer = self._send("GET", f"/api/v2/dags/{_part(dag_id)}/details", accept=(404,))
        if answer.status_code == 404:
            return None
        self._text(answer, "dag_id")
        return self._json(answer)

    def tasks(self, dag_id: str) -> list[dict[str, Any]]:
        """Return a DAG's tasks by id; none when there is no such DAG."""
        answer = self._send("GET", f"/api/v2/dags/{_part(dag_id)}/tasks", accept=(404,))
        return [] if answer.status_code == 404 else self._listed(answer, "tasks", "task_id")

    def asset_events(
        self, happened_from: datetime, happened_before: datetime, asset_id: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the updates of all assets, or of one, with ``happened_from ≤ timestamp < happened_before``, in order.

        Airflow 3.3 answers 500 while a run that an update caused is still queued: `SourceUnavailable`, as for any 500.
        """
        window = {"timestamp_gte": happened_from.isoformat(), "timestamp_lt": happened_before.isoformat()}
        one = {} if asset_id is None else {"asset_id": asset_id}
        return self._pages(
            "/api/v2/assets/events", "asset_events", {**window, **one, "order_by": "timestamp"}, "asset_id"
        )

    def connections(self) -> Iterator[dict[str, Any]]:
        """Yield the connections, secrets masked."""
        return self._pages("/api/v2/connections", "connections", {"order_by": "connection_id"})

    def pools(self) -> Iterator[dict[str, Any]]:
        """Yield the pools."""
        return self._pages("/api/v2/pools", "pools", {"order_by": "pool"})

    def import_errors(self) -> Iterator[dict[str, Any]]:
        """Yield the DAG files that can't be imported: ``filename``, ``stack_trace``, ``timestamp``.

        Before Airflow 3.3 the total counts an error once for each DAG of its file, and pages overlap: each error is
        yielded once, and pages are asked for until the total is reached or one is empty.
        """
        seen: set[str] = set()
        offset, total = 0, 1
        while offset < total:
            page, total = self._page("/api/v2/importErrors", "import_errors", {}, offset, "filename")
            if not page:
                return
            yield from (each for each in page if str(each.get("import_error_id")) not in seen)
            seen |= {str(each.get("import_error_id")) for each in page}
            offset += len(page)

    def upsert(self, kind: str, entities: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create these, or overwrite those that exist, all in one request; return their ids.

        Args:
            kind: ``connections``, ``pools`` or ``variables``.
            entities: bodies as Airflow's REST API takes them for one of that kind.
        """
        path = f"/api/v2/{_part(kind)}"
        action = {"action": "create", "action_on_existence": "overwrite", "entities": [dict(each) for each in entities]}
        created = self._json(self._send("PATCH", path, body={"actions": [action]})).get("create") or {}
        if created.get("errors"):
            raise TerminalError(
                f"airflow {self.base_url}: {kind} were not all accepted",
                got=str(created["errors"])[:500],
                next_step="correct what it names",
            )
        return list(created.get("success", ()))

    def clear(self, dag_id: str, run_id: str, tasks: Sequence[str] = (), *, only_failed: bool = True) -> list[str]:
        """Clear task instances of a run so that they run again; return the ids of the cleared tasks."""
        body: dict[str, Any] = {"dry_run": False, "dag_run_id": run_id, "only_failed": only_failed}
        if tasks:
            body["task_ids"] = list(tasks)
        answer = self._send("POST", f"/api/v2/dags/{_part(dag_id)}/clearTaskInstances", body=body)
        return [str(each["task_id"]) for each in self._listed(answer, "task_instances", "task_id")]


def _part(value: str) -> str:
    return quote(value, safe="~")


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}"


def _lines(pieces: Iterable[bytes], max_bytes: int) -> Iterator[str]:
    """Yield the lines that end within the first ``max_bytes``; no more than those are held, or read."""
    rest, room = bytearray(), max_bytes
    for piece in pieces:
        *ends, last = piece[:room].split(b"\n")
        for end in ends:
            yield (rest + end).decode("utf-8", "replace").rstrip("\r")
            rest.clear()
        rest += last
        room -= len(piece)
        if room < 0:
            return
    yield rest.decode("utf-8", "replace")


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        return {"event": line}
    return {**message, "event": str(message.get("event", message.get("content", "")))}
