"""A run of an agent as this platform learns from it."""

from dataclasses import replace

from autorefine.readers.run import AgentRun
from autorefine.readers.run import trajectory_of as trajectory
from autorefine.trajectory import Trajectory
from kintsugi.documents.identity import digest


def trajectory_of(run: AgentRun, source: str, written_at: float | None = None) -> Trajectory | None:
    """Return the run as AutoRefine learns from it; ``None`` when nothing says how it ended.

    The id comes from the source and the run's own name: a run is learned from once, however often it is read. What a
    file says that was written later, ``written_at`` in seconds since the epoch, corrects what was said before.
    """
    if run.success is None:
        return None
    told = trajectory(run, trajectory_id(source, run.id), agent=source)
    return replace(told, outcome_at=written_at, name=run.id)


def trajectory_id(source: str, run: str) -> str:
    """Return the id of the trajectory of what the source's files call ``run``."""
    return digest("trajectory", source, run)
