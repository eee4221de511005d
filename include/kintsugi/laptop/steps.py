"""The steps of the main job: each starts what there is to start and waits until the records say that it is done."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import TransientError
from kintsugi.healing.drill import is_healed, remove_chunks
from kintsugi.healing.incidents import standing
from kintsugi.healing.ingest_runs import start_ingest
from kintsugi.index.current import unpublished
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Generation, Incident, Partition, RunRef, StoredPattern, StoredTrajectory

QUESTION = "What should I do when chunks are missing from the index?"
DRILL_CHUNKS = 3
DRILL_KIND = "missing-chunks"
WAITS_FOR_A_PERSON = ("awaiting approval", "escalated")
PATIENCE = 300.0
"""Seconds that a step may take."""

POLL = 0.3

TAKEN_IN_AGAIN = 3
"""How often the runs of the hour are taken in again, for want of some to learn from."""


def ingest(platform: Platform, airflow: AirflowClient, source: str, partition: str) -> tuple[Partition, str]:
    """Run ``ingest_<source>`` and return the partition's record; the current hour is taken in as far as it has come.

    Where another run takes the partition over (the scheduled one, at the full hour), its result counts: a later claim
    has seen at least as much.
    """
    dag = f"ingest_{source}"
    run_id = f"up__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    key = Partition.key_of(source, partition)
    begun = platform.records.now()
    start_ingest(airflow, source, partition, run_id, unfinished=True)
    state = _wait_until(lambda: _ended(airflow, dag, run_id), f"run {run_id} of {dag}")
    if state != "success" and not _taken_over(platform, key, run_id, begun):
        raise TransientError(
            f"main job: run {run_id} of {dag} ended as {state}",
            next_step=f"open {airflow.base_url}/dags/{dag}/runs/{run_id}; `kintsugi up` tries again",
        )
    record = platform.records.get(Partition, key)
    if record is None:
        raise TransientError(
            f"main job: run {run_id} of {dag} left no record of its partition",
            expected=f"a record {key}",
            next_step=f"look at its task recount, {airflow.base_url}/dags/{dag}/runs/{run_id}",
        )
    return record, f"{record.written} written, {record.skipped} unchanged, {record.refused} refused"


def _taken_over(platform: Platform, key: str, run_id: str, begun: float) -> bool:
    """Tell whether another run has claimed the partition since and has committed it; waits while that is at work."""

    def other() -> Partition | None:
        record = platform.records.get(Partition, key)
        return record if record and record.run.run_id != run_id and record.changed_at >= begun else None

    def ended() -> Partition | None:
        record = other()
        return record if record is None or record.state != "running" else None

    claimed = other()
    if claimed is not None and claimed.state == "running":
        claimed = _wait_until(ended, f"run {claimed.run.run_id} of {claimed.run.dag}")
    return claimed is not None and claimed.state == "committed"


def publish(platform: Platform, airflow: AirflowClient, since: float) -> tuple[str, str]:
    """Wait until what was taken in is served, or the golden gate has held it back; a lost index is filled anew first.

    Returns the name of the generation that serves.
    """
    rebuilt = _rebuild_if_lost(platform)

    def current() -> Generation | None:
        _raise_on_failure(airflow, "publish", since)
        complete = (each for each in _readable(platform) if not unpublished(platform.records, each))
        return next(complete, None)

    done: Generation = _wait_until(current, "publishing what was taken in")
    serves = serving(platform.records) or done
    said = f"generation {serves.id} serves {platform.index.count(serves.id)} chunks"
    if done.id != serves.id:
        said += f", {done.id} does not yet ({done.verdict})"
    return serves.id, said + rebuilt


def _readable(platform: Platform) -> list[Generation]:
    """Return the serving generation, and those that are complete and held back, by the gate or by a person."""
    serves = serving(platform.records)
    held = [each for state in ("ready", "previous") for each in platform.records.scan(Generation, {"state": state})]
    return ([serves] if serves else []) + [each for each in held if each.verdict]


def _rebuild_if_lost(platform: Platform) -> str:
    generation = serving(platform.records)
    if generation is None or generation.id in platform.index.names():
        return ""
    from kintsugi.index.publish import rebuild

    outcome = rebuild(platform, RunRef(dag="cli", run_id=f"up-{platform.records.now():.0f}"))
    return f"; its index was lost and is back, {outcome.written} entries from the records"


def ask(platform: Platform) -> tuple[dict[str, Any], str]:
    """Ask the main job's question."""
    from kintsugi.retrieval.answer import ask as ask_platform
    from kintsugi.stores.search import Scope

    answer = ask_platform(platform, QUESTION, Scope())
    return answer.to_dict(), "answered with citations" if answer.evidence else "no evidence yet"


def drill(
    platform: Platform, previous: dict[str, Any], *, sleep: Callable[[float], None] = time.sleep
) -> tuple[dict[str, Any], str]:
    """Remove a few chunks from the index and wait until they are healed; skipped when an earlier drill passed.

    The outcome of a drill of an earlier run is marked ``earlier``. Where a person has to act first, it says so at once
    instead of waiting for what healing leaves alone.

    Raises:
        TransientError: it was not healed in time.
    """
    if previous.get("healed"):
        said = f"not repeated, an earlier run's was healed in {previous['seconds']} s (`kintsugi drill` repeats it)"
        return previous | {"earlier": True}, said
    blocking = _standing(platform)
    if blocking is not None and blocking.state in WAITS_FOR_A_PERSON:
        return _drilled(0, blocking, 0.0, healed=False)
    begun = platform.records.now()
    removed = remove_chunks(platform, DRILL_CHUNKS)

    def ended() -> Incident | None:
        incident = _standing(platform)
        if incident is not None:
            return incident if incident.state in WAITS_FOR_A_PERSON else None
        incident = _resolved_since(platform, removed.generation, begun)
        return incident if is_healed(platform, removed) else None

    incident: Incident = _wait_until(ended, "healing of the drill", sleep)
    seconds = round(platform.records.now() - begun, 1)
    return _drilled(len(removed.entries), incident, seconds, healed=incident.state == "resolved")


def _drilled(removed: int, incident: Incident, seconds: float, *, healed: bool) -> tuple[dict[str, Any], str]:
    outcome = {"removed": removed, "healed": healed, "incident": incident.id, "seconds": seconds}
    if healed:
        return outcome, f"{removed} removed, healed and verified"
    return (
        outcome,
        f"{removed} removed, NOT healed: incident {incident.id} is {incident.state}, a person decides",
    )


def _standing(platform: Platform) -> Incident | None:
    """Return the incident under which missing chunks of the served index would be reported now."""
    generation = serving(platform.records)
    window = platform.settings.healing.window
    return standing(platform.records, DRILL_KIND, generation.id, window) if generation else None


def _resolved_since(platform: Platform, generation: str, begun: float) -> Incident | None:
    of_it = {"kind": DRILL_KIND, "target": generation, "state": "resolved"}
    newest = platform.records.latest(Incident, "opened_at", of_it, limit=1)
    return newest[0] if newest and (newest[0].closed_at or 0.0) >= begun else None


def own_runs(platform: Platform, airflow: AirflowClient, hour: str, since: float) -> tuple[int, str]:
    """Take this hour's runs in again, those of this job among them, until there is a batch to learn from; publish them.

    A platform that has just started has run little twice, and what is done once shows no pattern. Bounded: where not
    even the runs of three ingests make a batch, the next hours will.
    """
    from autorefine.config import RefineConfig

    needed = RefineConfig().batch_size
    for _ in range(TAKEN_IN_AGAIN):
        if platform.records.count(StoredTrajectory) >= needed:
            break
        ingest(platform, airflow, "airflow", hour)
        publish(platform, airflow, since)
    gathered = platform.records.count(StoredTrajectory)
    return gathered, f"{gathered} trajectories"


def learn(platform: Platform, airflow: AirflowClient, since: float) -> tuple[int, str]:
    """Wait until the refine loop has seen every trajectory that was gathered."""
    from kintsugi.expertise.refine import waiting

    def seen() -> bool:
        _raise_on_failure(airflow, "refine", since)
        return not waiting(platform.records)

    _wait_until(seen, "learning from what was gathered")
    trajectories = platform.records.count(StoredTrajectory)
    return trajectories, f"{platform.records.count(StoredPattern)} patterns from {trajectories} trajectories"


def _wait_until(condition: Callable[[], Any], what: str, sleep: Callable[[float], None] = time.sleep) -> Any:
    """Return the first true value of ``condition``.

    Raises:
        TransientError: it stayed false for `PATIENCE` seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        sleep(POLL)
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
