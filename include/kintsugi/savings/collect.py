"""Outcomes from what is recorded anyway: Airflow runs, healing episodes, agents' trajectories."""

from collections import Counter
from dataclasses import dataclass

import structlog

from autorefine.trajectory import Trajectory
from kintsugi.expertise.gather import AIRFLOW, HEALING
from kintsugi.healing.episode import NAMES
from kintsugi.platform import Platform
from kintsugi.records import StoredTrajectory, Watermark
from kintsugi.savings.outcomes import observe, spent_on_learning
from kintsugi.stores.where import AtLeast

WATERMARK = "savings"
OVERLAP = 600.0
"""Seconds before the watermark that are read again: a slow writer stamps a trajectory before others can see it."""

LEARNING_DAG = "refine"


@dataclass(frozen=True)
class Collected:
    """How many outcomes are new or corrected, how much learning is new, how many trajectories can't be read."""

    outcomes: int
    learning: int
    unreadable: int


def collect(platform: Platform) -> Collected:
    """Keep the outcomes of assigned tasks, and what learning took, that were stored since the last time.

    Twice is once. Trajectories that can't be read are passed over and counted: `refine` quarantines them.
    """
    records = platform.records
    watermark = records.get(Watermark, WATERMARK)
    until = records.now()
    since = watermark.at - OVERLAP if watermark else 0.0
    outcomes = learning = unreadable = 0
    for stored in records.scan(StoredTrajectory, {"gathered_at": AtLeast(since)}):
        try:
            trajectory = Trajectory.from_document(stored.body)
        except ValueError:
            unreadable += 1
            continue
        if stored.origin == AIRFLOW and trajectory.agent == LEARNING_DAG:
            seconds = sum(step.seconds for step in trajectory.steps)
            learning += spent_on_learning(platform, stored.id, seconds=seconds)
        outcomes += _observed(platform, stored, trajectory)
    records.put([Watermark(id=WATERMARK, at=until)])
    collected = Collected(outcomes, learning, unreadable)
    structlog.get_logger().info(
        "savings_collected", outcomes=outcomes, learning=learning, unreadable=unreadable, since=since
    )
    return collected


def task_of(stored: StoredTrajectory, trajectory: Trajectory) -> tuple[str, str]:
    """Return class and id by which a trajectory's task has to be assigned before it starts.

    An Airflow run: its DAG's task and the run's id. A healing episode: the kind of incident and the episode's id. An
    agent's run: the agent, and the task.
    """
    if stored.origin == AIRFLOW and stored.run is not None:
        return trajectory.task, stored.run.run_id
    if stored.origin == HEALING:
        return trajectory.task, stored.id
    return trajectory.agent, trajectory.task


def _observed(platform: Platform, stored: StoredTrajectory, trajectory: Trajectory) -> bool:
    if trajectory.success is None:
        return False
    task_class, task_id = task_of(stored, trajectory)
    return observe(
        platform,
        task_class,
        task_id,
        succeeded=trajectory.success,
        tokens=0
        if stored.origin in (AIRFLOW, HEALING)
        else round(sum(max(0.0, step.cost) for step in trajectory.steps)),
        seconds=sum(max(0.0, step.seconds) for step in trajectory.steps),
        retries=_again(trajectory) if stored.origin != HEALING else 0,
        repairs=_repairs(trajectory) if stored.origin == HEALING else 0,
        origin=stored.origin,
        trajectory=stored.id,
    )


def _again(trajectory: Trajectory) -> int:
    """Return how many steps repeat one that failed: the same action on the same arguments, once more."""
    failed: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    again = 0
    for step in trajectory.steps:
        key = (step.action, tuple(sorted(step.arguments.items())))
        if failed[key]:
            failed[key] -= 1
            again += 1
        if step.error is not None:
            failed[key] += 1
    return again


def _repairs(trajectory: Trajectory) -> int:
    return sum(step.action not in NAMES.values() for step in trajectory.steps)
