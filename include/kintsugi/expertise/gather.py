"""What was done, by Airflow and by the healer, becomes trajectories in the truth."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from autorefine.trajectory import Step, Trajectory
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.healing.episode import episode_id, episode_of
from kintsugi.healing.transitions import FINISHED
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair, StoredTrajectory
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

if TYPE_CHECKING:
    from kintsugi.airflow_rest import AirflowClient
    from kintsugi.sources.airflow_runs import AirflowRun, TaskTry
    from kintsugi.sources.port import Source

AIRFLOW = "airflow"
HEALING = "healing"


def gather_runs(platform: Platform, partition: str, client: "AirflowClient | None" = None) -> int:
    """Store the runs that ended in an hour as trajectories; return how many are new. Twice is once.

    Raises:
        SourceUnavailable: Airflow stopped answering; what was stored so far stays and is not stored again.
    """
    from kintsugi.sources.airflow import AirflowSource
    from kintsugi.sources.registry import airflow_client

    source = AirflowSource(client or airflow_client(platform.settings))
    return store(platform.records, AIRFLOW, (trajectory_of(run, partition) for run in source.runs(partition)))


def gather_from(platform: Platform, source: "Source", partition: str) -> int:
    """Store a source's trajectories of a partition; return how many are new. Twice is once.

    Raises:
        SourceUnavailable: the source stopped answering; what was stored so far stays and is not stored again.
    """
    from kintsugi.sources.airflow import AirflowSource
    from kintsugi.sources.port import GivesTrajectories

    if isinstance(source, AirflowSource):
        runs = source.runs(partition)
        return store(platform.records, AIRFLOW, (trajectory_of(run, partition) for run in runs))
    if isinstance(source, GivesTrajectories):
        return store(platform.records, source.name, source.trajectories(partition))
    return 0


def gather_episodes(platform: Platform) -> int:
    """Store the healing episodes that have ended as trajectories; return how many are new. Twice is once."""
    records = platform.records
    return store(
        records,
        HEALING,
        (
            episode
            for incident in records.scan(Incident, {"state": OneOf(tuple(FINISHED))})
            if records.get(StoredTrajectory, episode_id(incident)) is None
            and (episode := episode_of(incident, list(records.scan(Repair, {"incident": incident.id}))))
        ),
    )


def trajectory_of(run: "AirflowRun", partition: str) -> Trajectory:
    """Return a DAG run as a trajectory: each try of a task that ran is a step, the run's state is the outcome.

    Runs of one DAG are compared with each other. Runs that ended in the same hour share their causes (the same outage,
    the same deployment), so the hour is the group that validation must not split. A run that was cleared and ended
    again is another attempt, and another trajectory.
    """
    return Trajectory(
        id=digest("trajectory", AIRFLOW, run.dag_id, run.run_id, f"{run.end:.3f}"),
        task=f"run {run.dag_id}",
        group=partition,
        agent=run.dag_id,
        agent_version=__version__,
        steps=tuple(_step(each) for each in run.tasks if each.try_number > 0 and each.start is not None),
        success=run.state == "success",
        outcome_source="state of the Airflow run",
        started_at=run.start,
    )


def store(records: RecordStore, origin: str, trajectories: Iterable[Trajectory]) -> int:
    """Insert those that are not stored yet; return how many that were."""
    new = 0
    for trajectory in trajectories:
        record = StoredTrajectory(
            id=trajectory.id, origin=origin, gathered_at=records.now(), body=trajectory.to_document()
        )
        new += records.insert(record)
    structlog.get_logger().info("trajectories_gathered", origin=origin, new=new)
    return new


def _step(each: "TaskTry") -> Step:
    return Step(
        action=each.task_id,
        arguments={"map_index": str(each.map_index)} if each.map_index >= 0 else {},
        observation=each.state,
        error=(each.error or each.state) if each.failed else None,
        seconds=each.seconds or 0.0,
    )
