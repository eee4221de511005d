"""Outcomes from what is recorded anyway: agents' trajectories, and what runs of `refine` took."""

from collections import Counter
from dataclasses import dataclass

import structlog

from autorefine.trajectory import Trajectory
from kintsugi.errors import DataError
from kintsugi.expertise.gather import AIRFLOW, HEALING
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
    """How many outcomes are new or corrected, how much learning is new, how many trajectories can't be used.

    ``unreadable`` are those that are no trajectories, and those whose amounts no task takes.
    """

    outcomes: int
    learning: int
    unreadable: int


def collect(platform: Platform) -> Collected:
    """Keep the outcomes of assigned tasks, and what learning took, that were stored since the last time.

    Twice is once. One trajectory that can't be read, or says what no task takes, is passed over, logged and counted;
    the rest goes on.

    Raises:
        ConflictError: somebody else corrected an outcome at the same time; calling again is right.
    """
    records = platform.records
    watermark = records.get(Watermark, WATERMARK)
    until = records.now()
    since = watermark.at - OVERLAP if watermark else 0.0
    outcomes = learning = unreadable = 0
    for stored in records.scan(StoredTrajectory, {"gathered_at": AtLeast(since)}):
        try:
            trajectory = Trajectory.from_document(stored.body)
            if stored.origin == AIRFLOW and trajectory.agent == LEARNING_DAG:
                learning += spent_on_learning(platform, stored.id, seconds=_seconds(trajectory))
            elif stored.origin not in (AIRFLOW, HEALING):  # runs of DAGs and repairs work without patterns
                outcomes += _observed(platform, stored, trajectory)
        except (ValueError, DataError) as error:
            unreadable += 1
            structlog.get_logger().warning("outcome_left_out", trajectory=stored.id, error=str(error))
    records.put([Watermark(id=WATERMARK, at=until)])
    collected = Collected(outcomes, learning, unreadable)
    structlog.get_logger().info(
        "savings_collected", outcomes=outcomes, learning=learning, unreadable=unreadable, since=since
    )
    return collected


def _observed(platform: Platform, stored: StoredTrajectory, trajectory: Trajectory) -> bool:
    """Keep the outcome of an agent's task: its class is the agent."""
    if trajectory.success is None:
        return False
    return observe(
        platform,
        trajectory.agent,
        trajectory.task,
        succeeded=trajectory.success,
        tokens=sum(max(0.0, step.cost) for step in trajectory.steps),
        seconds=_seconds(trajectory),
        retries=_again(trajectory),
        origin=stored.origin,
        trajectory=stored.id,
        started_at=stored.gathered_at if trajectory.started_at is None else trajectory.started_at,
    )


def _seconds(trajectory: Trajectory) -> float:
    return sum(max(0.0, step.seconds) for step in trajectory.steps)


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
