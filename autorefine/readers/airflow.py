"""Airflow runs: a DAG run with the tries of its tasks, as Airflow's REST API tells of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autorefine.readers.lines import OnBadLine, each_run
from autorefine.readers.plain import content_id, mapping_of, seconds_of, text_of
from autorefine.trajectory import Step, Trajectory

FAILED = ("failed", "up_for_retry", "upstream_failed")
_ENDED = {"success": True, "failed": False}


def read_airflow(lines: Iterable[str], on_bad_line: OnBadLine, *, agent_version: str = "") -> Iterator[Trajectory]:
    """Read DAG runs, one a line: the API's fields of the run, and its tries under ``task_instances``.

    The run's fields may also stand under ``dag_run``. Tries are what ``…/taskInstances`` or ``…/tries`` answered; where
    a log told of an exception, add it as ``error``. A try that never started is no step; a run that has not ended has
    no outcome. Runs that ended in the same hour share their causes, so that hour is the group. A line that cannot be
    read is given to ``on_bad_line`` and skipped.

    Args:
        lines: JSON lines, or one document over many lines.
        on_bad_line: is told of what cannot be read.
        agent_version: what was deployed; the run's ``dag_version``, where it has one, is added.
    """
    return each_run(lines, on_bad_line, lambda document: _run(document, agent_version))


def try_step(
    task: str, state: str, *, failed: bool, error: str = "", map_index: int = -1, seconds: float | None = None
) -> Step:
    """Return one try of a task as a step; ``map_index`` is −1 where it is not mapped, ``error`` what a log told."""
    return Step(
        action=task,
        arguments={"map_index": str(map_index)} if map_index >= 0 else {},
        observation=state,
        error=(error or state) if failed else None,
        seconds=seconds or 0.0,
    )


def _run(document: object, agent_version: str) -> Trajectory:
    if not isinstance(document, Mapping):
        raise ValueError("expected a DAG run with task_instances")
    run = mapping_of(document.get("dag_run")) or document
    dag, name = text_of(run.get("dag_id")), text_of(run.get("dag_run_id"))
    instances = document.get("task_instances")
    if not dag or not name or not isinstance(instances, Sequence) or isinstance(instances, str):
        raise ValueError("expected dag_id, dag_run_id and a list of task_instances")
    tries = sorted((each for each in instances if _ran(each)), key=_order)
    end = seconds_of(run.get("end_date"))
    version = text_of(mapping_of(run.get("dag_version")).get("version_number"))
    return Trajectory(
        id=content_id("airflow", dag, name, text_of(end)),
        task=f"run {dag}",
        group="" if end is None else f"hour {int(end // 3600)}",
        agent=dag,
        agent_version="/".join(part for part in (agent_version, version) if part),
        steps=tuple(_step(each) for each in tries),
        success=_ENDED.get(text_of(run.get("state"))),
        outcome_source="state of the Airflow run",
        started_at=seconds_of(run.get("start_date")),
    )


def _step(facts: Mapping[str, Any]) -> Step:
    state = text_of(facts.get("state")) or "none"
    start, end = seconds_of(facts.get("start_date")), seconds_of(facts.get("end_date"))
    return try_step(
        text_of(facts["task_id"]),
        state,
        failed=state in FAILED,
        error=text_of(facts.get("error")),
        map_index=_map_index(facts),
        seconds=None if start is None or end is None else round(end - start, 3),
    )


def _ran(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("try_number")) and seconds_of(facts.get("start_date")) is not None


def _order(facts: Mapping[str, Any]) -> tuple[float, str, int, int]:
    return (
        seconds_of(facts.get("start_date")) or 0.0,
        text_of(facts["task_id"]),
        _map_index(facts),
        int(facts["try_number"]),
    )


def _map_index(facts: Mapping[str, Any]) -> int:
    index = facts.get("map_index")
    return -1 if index is None else int(index)
