"""A run of an agent as this platform learns from it."""

from autorefine.readers.run import AgentRun
from autorefine.readers.run import trajectory_of as trajectory
from autorefine.trajectory import Trajectory
from kintsugi.documents.identity import digest


def trajectory_of(run: AgentRun, source: str) -> Trajectory | None:
    """Return the run as AutoRefine learns from it; ``None`` when nothing says how it ended.

    The id comes from the source and the run's own name: a run is learned from once, however often it is read.
    """
    if run.success is None:
        return None
    return trajectory(run, digest("trajectory", source, run.id), agent=source)
