"""Evidence leads back: from a trajectory's id to the run, the incident or the source that it tells of."""

from collections.abc import Iterable
from dataclasses import dataclass

from kintsugi.records import RunRef, StoredTrajectory, TrajectoryHead
from kintsugi.stores.records import RecordStore


@dataclass(frozen=True)
class Origin:
    """Where a piece of evidence comes from.

    Attributes:
        trajectory: its id.
        origin: the source that it comes from, ``airflow`` or ``healing``.
        name: what its source calls the run; "" where that says nothing.
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
    name: str = ""


def origins(records: RecordStore, trajectories: Iterable[str]) -> dict[str, Origin]:
    """Return the origin of each trajectory that is still in the truth, by its id; others are left out.

    Heads are read, and whole trajectories, one at a time, only where an older version stored them without.
    """
    found = records.get_many(TrajectoryHead, trajectories)
    heads = {id: head if head.steps is not None else records.get(StoredTrajectory, id) for id, head in found.items()}
    return {id: origin for id, head in heads.items() if head and (origin := _origin(head)) is not None}


def _origin(head: TrajectoryHead) -> Origin | None:
    if head.steps is None:  # no trajectory: refine has put it into quarantine, with the reason
        return None
    return Origin(
        trajectory=head.id,
        origin=head.origin,
        task=head.task,
        agent=head.agent,
        run=head.run,
        incident=head.subject,
        started_at=head.started_at,
        steps=head.steps,
        name=head.name,
    )
