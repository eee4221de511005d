"""A small client of Airflow's REST API (``/api/v2``, Airflow 3.3): what sources, healing and the laptop need of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from kintsugi.errors import KintsugiError, SourceUnavailable, TerminalError

PAGE = 100
TERMINAL_STATES = ("success", "failed")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts that are never asked through a proxy, which would be handed the password."""


class AirflowClient:
    """Talks to one Airflow as one user. Safe to use from one thread at a time.

    The token is fetched when first needed, kept, and refreshed once when Airflow no longer accepts it. Every call may
    raise `SourceUnavailable` (refused, timed out, 429, 5xx; with ``retry_after`` where Airflow says so) and
    `TerminalError` (wrong credentials, missing rights, a request that Airflow refuses).

    Args:
        base_url: e.g. ``http://127.0.0.1:8080``.
        timeout: seconds that each connect, read or write may take.
    """

    def __init__(self, base_url: str, username: str, password: str, *, timeout: float = 15.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._credentials = {"username": username, "password": password}
        beside_us = httpx.URL(self.base_url).host in LOOPBACK
        self._http = httpx.Client(base_url=self.base_url, timeout=timeout, trust_env=not beside_us)
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> dict[str, Any]:
        """Return status and heartbeat of metadatabase, scheduler, triggerer and dag_processor; needs no login."""
        return self._json(self._send("GET", "/api/v2/monitor/health", anonymous=True))

    def dag_runs(
        self, ended_from: datetime, ended_before: datetime, states: Sequence[str] = TERMINAL_STATES
    ) -> Iterator[dict[str, Any]]:
        """Yield the runs of all DAGs with one of these states and ``ended_from ≤ end_date < ended_before``, by id."""
        window = {"end_date_gte": ended_from.isoformat(), "end_date_lt": ended_before.isoformat()}
        return self._pages("/api/v2/dags/~/dagRuns", "dag_runs", {**window, "state": list(states), "order_by": "id"})

    def run_state(self, dag_id: str, run_id: str) -> str | None:
        """Return the state of a run, or ``None`` when there is no such run."""
        answer = self._send("GET", f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}", accept=(404,))
        return None if answer.status_code == 404 else str(self._json(answer)["state"])

    def task_instances(self, dag_id: str, run_id: str) -> Iterator[dict[str, Any]]:
        """Yield the current try of each task instance of a run."""
        return self._pages(f"{_run(dag_id, run_id)}/taskInstances", "task_instances", {})

    def tries(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> list[dict[str, Any]]:
        """Return every try of a task instance, the first one first."""
        mapped = f"/{map_index}" if map_index >= 0 else ""
        path = f"{_run(dag_id, run_id)}/taskInstances/{_part(task_id)}{mapped}/tries"
        found: list[dict[str, Any]] = self._json(self._send("GET", path))["task_instances"]
        return sorted(found, key=lambda each: each["try_number"])

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

        Yields nothing when the log is gone, and stops after ``max_bytes``. Lines that are not JSON come as ``event``.
        """
        path = f"{_run(dag_id, run_id)}/taskInstances/{_part(task_id)}/logs/{try_number}"
        parameters = {"full_content": "true", "map_index": str(map_index)}
        answer = self._send(
            "GET", path, params=parameters, headers={"Accept": "application/x-ndjson"}, accept=(404,), stream=True
        )
        try:
            if answer.status_code == 404:
                return
            taken = 0
            for line in answer.iter_lines():
                taken += len(line)
                if line.strip():
                    yield _message(line)
                if taken > max_bytes:
                    return
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
        return self._pages("/api/v2/dags", "dags", {"order_by": "dag_id"})

    def connections(self) -> Iterator[dict[str, Any]]:
        """Yield the connections, secrets masked."""
        return self._pages("/api/v2/connections", "connections", {"order_by": "connection_id"})

    def pools(self) -> Iterator[dict[str, Any]]:
        """Yield the pools."""
        return self._pages("/api/v2/pools", "pools", {"order_by": "pool"})

    def import_errors(self) -> Iterator[dict[str, Any]]:
        """Yield the DAG files that can't be imported: ``filename``, ``stack_trace``, ``timestamp``."""
        return self._pages("/api/v2/importErrors", "import_errors", {})

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
        return [each["task_id"] for each in self._json(answer)["task_instances"]]

    def _pages(self, path: str, key: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self._json(self._send("GET", path, params={**parameters, "limit": PAGE, "offset": offset}))
            yield from page[key]
            offset += len(page[key])
            if not page[key] or offset >= page["total_entries"]:
                return

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        accept: tuple[int, ...] = (),
        anonymous: bool = False,
        stream: bool = False,
    ) -> httpx.Response:
        cached = bool(self._token)
        if not anonymous and not cached:
            self._log_in()
        for last in (not cached, True):
            answer = self._once(method, path, params, headers or {}, body, stream=stream)
            if answer.status_code not in (401, 403) or anonymous or last:
                break
            answer.close()
            self._log_in()
        if answer.is_success or answer.status_code in accept:
            return answer
        answer.read()
        raise self._refused(method, path, answer)

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
        *,
        stream: bool,
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        request = self._http.build_request(method, path, params=params, headers={**headers, **bearer}, json=body)
        try:
            return self._http.send(request, stream=stream)
        except httpx.HTTPError as error:
            raise self._unreachable(method, path, error) from error

    def _log_in(self) -> None:
        self._token = ""
        answer = self._once("POST", "/auth/token", None, {}, self._credentials, stream=False)
        if not answer.is_success:
            raise self._refused("POST", "/auth/token", answer)
        self._token = str(self._json(answer)["access_token"])

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError as error:
            raise SourceUnavailable(
                f"airflow {self.base_url}: {answer.request.url.path} did not answer JSON",
                got=answer.text[:200],
                next_step="is it Airflow that listens there? see base_url of the connection kintsugi_airflow",
            ) from error
        return content if isinstance(content, dict) else {"items": content}

    def _refused(self, method: str, path: str, answer: httpx.Response) -> KintsugiError:
        what = f"airflow {self.base_url}: {method} {path} answered {answer.status_code}"
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = answer.headers.get("Retry-After", "")
            error = SourceUnavailable(what, got=answer.text[:200], next_step="wait; see `kintsugi status`")
            return error.after(float(wait) if wait.isdigit() else None)
        if answer.status_code in (401, 403):
            return TerminalError(
                what,
                expected=f"that user {self._credentials['username']!r} may do this",
                got=answer.text[:200],
                next_step="correct login and password of the connection kintsugi_airflow, or the user's role",
            )
        return TerminalError(what, got=answer.text[:500], next_step="look at the id in the path: does it exist?")

    def _unreachable(self, method: str, path: str, error: httpx.HTTPError) -> SourceUnavailable:
        return SourceUnavailable(
            f"airflow {self.base_url}: {method} {path} got no answer",
            got=f"{type(error).__name__}: {error}",
            next_step="is the platform up? `kintsugi status`; a gap is backfilled once it answers",
        )


def _part(value: str) -> str:
    return quote(value, safe="~")


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}"


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        return {"event": line}
    return {**message, "event": str(message.get("event", message.get("content", "")))}
