"""The steps of the main job: each starts what there is to start and waits until the records say that it is done."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import TransientError
from kintsugi.healing.drill import is_healed, remove_chunks
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import CLOSED, Document, Incident, Partition, StoredPattern, StoredTrajectory
from kintsugi.stores.where import AtLeast

QUESTION = "What should I do when chunks are missing from the index?"
DRILL_CHUNKS = 3
PATIENCE = 300.0
"""Seconds that a step may take."""

POLL = 0.3


def ingest(platform: Platform, airflow: AirflowClient, source: str, partition: str) -> tuple[Partition, str]:
    """Run ``ingest_<source>`` and return the partition's record; the current hour is taken in as far as it has come."""
    dag = f"ingest_{source}"
    run_id = f"up__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    key = None if partition == "all" else partition
    airflow.trigger(dag, run_id, conf={"partial": True} if key else {}, partition_key=key)
    state = _wait_until(lambda: _ended(airflow, dag, run_id), f"run {run_id} of {dag}")
    if state != "success":
        raise TransientError(
            f"main job: run {run_id} of {dag} ended as {state}",
            next_step=f"open {airflow.base_url}/dags/{dag}/runs/{run_id}; `kintsugi up` tries again",
        )
    record = platform.records.get(Partition, Partition.key_of(source, partition))
    if record is None:
        raise TransientError(
            f"main job: run {run_id} of {dag} left no record of its partition",
            expected=f"a record {Partition.key_of(source, partition)}",
            next_step=f"look at its task recount, {airflow.base_url}/dags/{dag}/runs/{run_id}",
        )
    return record, f"{record.written} written, {record.skipped} unchanged, {record.refused} refused"


def publish(platform: Platform, airflow: AirflowClient, since: float) -> tuple[str, str]:
    """Wait until the served generation holds everything that was taken in."""

    def current() -> str | None:
        _raise_on_failure(airflow, "publish", since)
        generation = serving(platform.records)
        if generation is None:
            return None
        waiting = platform.records.count(Document, {"changed_at": AtLeast(generation.watermark)})
        return generation.id if not waiting else None

    name: str = _wait_until(current, "publishing what was taken in")
    return name, f"generation {name} serves {platform.index.count(name)} chunks"


def ask(platform: Platform) -> tuple[dict[str, Any], str]:
    """Ask the main job's question."""
    from kintsugi.retrieval.answer import ask as ask_platform
    from kintsugi.stores.search import Scope

    answer = ask_platform(platform, QUESTION, Scope())
    return answer.to_dict(), "answered with citations" if answer.evidence else "no evidence yet"


def drill(platform: Platform, previous: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Remove a few chunks from the index and wait until they are healed; skipped when an earlier drill passed."""
    if previous.get("healed"):
        return previous, f"passed before in {previous['seconds']} s (`kintsugi drill` repeats it)"
    begun = time.time()
    removed = remove_chunks(platform, DRILL_CHUNKS)

    def closed() -> Incident | None:
        newest = platform.records.latest(Incident, "opened_at", {"kind": "missing-chunks"}, limit=1)
        return newest[0] if newest and newest[0].opened_at >= begun and newest[0].state in CLOSED else None

    incident: Incident = _wait_until(closed, "healing of the drill")
    outcome = {
        "removed": len(removed.entries),
        "healed": incident.state == "resolved" and is_healed(platform, removed),
        "incident": incident.id,
        "seconds": round(time.time() - begun, 1),
    }
    verdict = "healed and verified" if outcome["healed"] else incident.state
    return outcome, f"{outcome['removed']} removed, {verdict}"


def learn(platform: Platform, airflow: AirflowClient, since: float) -> tuple[int, str]:
    """Wait until the refine loop has seen every trajectory that was gathered."""
    from kintsugi.expertise.refine import waiting

    def seen() -> bool:
        _raise_on_failure(airflow, "refine", since)
        return not waiting(platform.records)

    _wait_until(seen, "learning from what was gathered")
    trajectories = platform.records.count(StoredTrajectory)
    return trajectories, f"{platform.records.count(StoredPattern)} patterns from {trajectories} trajectories"


def _wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Return the first true value of ``condition``.

    Raises:
        TransientError: it stayed false for `PATIENCE` seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(POLL)
    raise TransientError(
        f"main job: {what} did not happen within {PATIENCE:.0f} s",
        next_step="look for a red task in the Airflow UI, or at `kintsugi logs scheduler`; then `kintsugi up` again",
    )


def _ended(airflow: AirflowClient, dag: str, run_id: str) -> str | None:
    state = airflow.run_state(dag, run_id)
    return state if state in ("success", "failed") else None


def _raise_on_failure(airflow: AirflowClient, dag: str, since: float) -> None:
    for run in airflow.dag_runs(datetime.fromtimestamp(since, UTC), datetime.now(UTC), ["failed"]):
        if run["dag_id"] == dag:
            raise TransientError(
                f"main job: run {run['dag_run_id']} of {dag} failed",
                next_step=f"open {airflow.base_url}/dags/{dag}/runs/{run['dag_run_id']}; `kintsugi up` tries again",
            )
