"""Evidence leads back: from a trajectory's id to the run, the incident or the source that it tells of."""

from collections.abc import Iterable
from dataclasses import dataclass

from autorefine.trajectory import Trajectory
from kintsugi.records import RunRef, StoredTrajectory
from kintsugi.stores.records import RecordStore


@dataclass(frozen=True)
class Origin:
    """Where a piece of evidence comes from.

    Attributes:
        trajectory: its id.
        origin: the source that it comes from, ``airflow`` or ``healing``.
        task: what was to be done.
        agent: who did it, ``name@version``.
        run: the Airflow run that it tells of, that did the work, or that brought it; ``None`` where there was none.
        incident: the id of the incident that was healed; "" elsewhere.
        started_at: seconds since the epoch; ``None`` where nobody said.
        steps: how many there were.
    """

    trajectory: str
    origin: str
    task: str
    agent: str
    run: RunRef | None
    incident: str
    started_at: float | None
    steps: int


def origins(records: RecordStore, trajectories: Iterable[str]) -> dict[str, Origin]:
    """Return the origin of each trajectory that is still in the truth, by its id; others are left out."""
    found = records.get_many(StoredTrajectory, trajectories)
    return {id: origin for id, stored in found.items() if (origin := _origin(stored)) is not None}


def _origin(stored: StoredTrajectory) -> Origin | None:
    try:
        told = Trajectory.from_document(stored.body)
    except ValueError:  # refine has put it into quarantine, with the reason
        return None
    return Origin(
        trajectory=stored.id,
        origin=stored.origin,
        task=told.task,
        agent=f"{told.agent}@{told.agent_version}",
        run=stored.run,
        incident=stored.subject,
        started_at=told.started_at,
        steps=len(told.steps),
    )
