"""Runs as a list of steps, and trajectories as AutoRefine writes them down itself."""

from collections.abc import Iterable, Iterator

from autorefine.readers.lines import OnBadLine, each_run
from autorefine.readers.run import trajectory_of
from autorefine.readers.steps_run import is_steps, steps_run
from autorefine.trajectory import Trajectory


def read_steps(lines: Iterable[str], on_bad_line: OnBadLine, *, outcome: str = "success") -> Iterator[Trajectory]:
    """Read runs with ``steps``, one a line; see `steps_run.steps_run` for the keys.

    What cannot be read is given to ``on_bad_line`` and skipped.

    Args:
        lines: JSON lines, or one document over many lines.
        on_bad_line: is told of what cannot be read.
        outcome: name of the key that says how it ended; ``success`` is ``None`` without it.
    """

    def read(document: object) -> Trajectory:
        if not is_steps(document):
            raise ValueError("a run with a list of steps")
        return trajectory_of(steps_run(document, outcome))

    return each_run(lines, on_bad_line, read)
