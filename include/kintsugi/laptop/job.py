"""The main job of a laptop: take in, publish, heal a small drill, learn, answer. Every step waits on records."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import TransientError
from kintsugi.healing.drill import is_healed, remove_chunks
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import CLOSED, Document, Incident, Partition, Vector
from kintsugi.sources.airflow import hour_key
from kintsugi.stores.where import AtLeast

QUESTION = "What should I do when chunks are missing from the index?"
DRILL_CHUNKS = 3


@dataclass(frozen=True)
class JobOutcome:
    """What one run of the main job did; kept in ``var/run/last_job.json`` for `kintsugi report`."""

    started_at: float
    seconds: dict[str, float] = field(default_factory=dict)
    partitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    embedded: int = 0
    drill: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)


def run_main_job(platform: Platform, airflow: AirflowClient, console: Console) -> JobOutcome:
    """Do the main job with progress on the console; a step that is done already says so and costs little."""
    started = time.time()
    previous = load_outcome(platform)
    seconds: dict[str, float] = {}
    vectors_before = platform.records.count(Vector)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:

        def step(name: str, title: str, work: Callable[[], Any]) -> Any:
            task = progress.add_task(f"{title} …", total=None)
            begun = time.time()
            result, said = work()
            seconds[name] = round(time.time() - begun, 1)
            progress.remove_task(task)
            console.print(Text("✓ ", style="green").append(f"{title}: {said}, {seconds[name]} s", style="default"))
            return result

        partitions = step("ingest", "Taking in runbooks and Airflow's own runs", lambda: _ingest(platform, airflow))
        step("publish", "Publishing to the index", lambda: _published(platform, airflow, started))
        answer = step("answer", "Asking a question", lambda: _ask(platform))
        seconds["to_first_answer"] = round(time.time() - started, 1)
        drill = step("drill", "Drill: chunks vanish from the index", lambda: _drill(platform, previous))
    outcome = JobOutcome(
        started_at=started,
        seconds=seconds,
        partitions={each.source: each.model_dump(mode="json") for each in partitions},
        embedded=platform.records.count(Vector) - vectors_before,
        drill=drill,
        answer=answer,
    )
    _outcome_path(platform).write_text(json.dumps(asdict(outcome), indent=1, ensure_ascii=False))
    return outcome


def load_outcome(platform: Platform) -> JobOutcome | None:
    """Return what the last main job did, or ``None`` before the first."""
    path = _outcome_path(platform)
    return JobOutcome(**json.loads(path.read_text())) if path.exists() else None


def wait_until(condition: Callable[[], Any], what: str, patience: float, poll: float = 0.5) -> Any:
    """Return the first true value of ``condition``.

    Raises:
        TransientError: it stayed false for ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(poll)
    raise TransientError(
        f"main job: {what} did not happen within {patience:.0f} s",
        next_step="look for a red task in the Airflow UI, or at `kintsugi logs scheduler`; then `kintsugi up` again",
    )


def _outcome_path(platform: Platform) -> Any:
    return platform.settings.run_path / "last_job.json"


def _ingest(platform: Platform, airflow: AirflowClient) -> tuple[list[Partition], str]:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    hour = hour_key(platform.clock())
    runs = {"ingest_runbooks": f"up__{stamp}", "ingest_airflow": f"up__{stamp}"}
    airflow.trigger("ingest_runbooks", runs["ingest_runbooks"], conf={})
    airflow.trigger("ingest_airflow", runs["ingest_airflow"], conf={"partial": True}, partition_key=hour)
    for dag, run_id in runs.items():
        state = wait_until(partial(_ended, airflow, dag, run_id), f"run {run_id} of {dag}", 300)
        if state != "success":
            raise TransientError(
                f"main job: run {run_id} of {dag} ended as {state}",
                next_step=f"open {airflow.base_url}/dags/{dag}/runs/{run_id}; `kintsugi up` tries again",
            )
    keys = [Partition.key_of("runbooks", "all"), Partition.key_of("airflow", hour)]
    partitions = list(platform.records.get_many(Partition, keys).values())
    said = "; ".join(f"{p.source} {p.written} written, {p.skipped} unchanged, {p.refused} refused" for p in partitions)
    return partitions, said


def _ended(airflow: AirflowClient, dag: str, run_id: str) -> str | None:
    state = airflow.run_state(dag, run_id)
    return state if state in ("success", "failed") else None


def _published(platform: Platform, airflow: AirflowClient, since: float) -> tuple[str, str]:
    begun = datetime.fromtimestamp(since, UTC)

    def generation_is_current() -> str | None:
        for run in airflow.dag_runs(begun, datetime.now(UTC), ["failed"]):
            if run["dag_id"] == "publish":
                page = f"{airflow.base_url}/dags/publish/runs/{run['dag_run_id']}"
                raise TransientError(
                    f"main job: run {run['dag_run_id']} of publish failed",
                    next_step=f"open {page}; `kintsugi up` tries again",
                )
        generation = serving(platform.records)
        if generation is None:
            return None
        waiting = platform.records.count(Document, {"changed_at": AtLeast(generation.watermark)})
        return generation.id if not waiting else None

    name = wait_until(generation_is_current, "publishing what was taken in", 300)
    return name, f"generation {name} serves {platform.index.count(name)} chunks"


def _ask(platform: Platform) -> tuple[dict[str, Any], str]:
    from kintsugi.retrieval.answer import ask
    from kintsugi.stores.search import Scope

    answer = ask(platform, QUESTION, Scope())
    return answer.to_dict(), "answered with citations" if answer.evidence else "no evidence yet"


def _drill(platform: Platform, previous: JobOutcome | None) -> tuple[dict[str, Any], str]:
    if previous and previous.drill.get("healed"):
        return previous.drill, f"passed before, in {previous.drill['seconds']} s; `kintsugi drill` repeats it"
    begun = time.time()
    removed = remove_chunks(platform, DRILL_CHUNKS)

    def healed() -> Incident | None:
        newest = platform.records.latest(Incident, "opened_at", {"kind": "missing-chunks"}, limit=1)
        closed = bool(newest) and newest[0].opened_at >= begun and newest[0].state in CLOSED
        return newest[0] if closed else None

    incident = wait_until(healed, "healing of the drill", 240)
    outcome = {
        "removed": len(removed.entries),
        "healed": incident.state == "resolved" and is_healed(platform, removed),
        "incident": incident.id,
        "seconds": round(time.time() - begun, 1),
    }
    verdict = "healed and verified" if outcome["healed"] else incident.state
    return outcome, f"{outcome['removed']} removed, {verdict}"
