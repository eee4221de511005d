"""Runs of agents from files, with the moment at which each was solved."""

import json
import lzma
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from autorefine.readers import BadLine, read_intercode
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi.errors import ConfigurationError

GROUPINGS = ("group", "task", "file")


@dataclass(frozen=True)
class Run:
    """A run, reduced to symbols; ``solved_after`` is the number of the step that earned the full reward, if any did."""

    trace: Trace
    solved_after: int | None

    def still_open(self, moment: int) -> bool:
        """Whether after so many steps it still goes on and nothing has solved it."""
        return self.trace.length > moment and (self.solved_after is None or self.solved_after > moment)


def read_trajectories(path: Path) -> Iterator[Trajectory]:
    """Yield the runs of a file in InterCode's JSON lines.

    Raises:
        ConfigurationError: the file can't be read, or a line is no run; the message names file and line.
    """

    def refuse(line: BadLine) -> None:
        raise _unreadable(path, f"line {line.number}: {line.reason}")

    with opened(path) as lines:
        yield from read_intercode(lines, refuse)


def read_runs(paths: Sequence[Path], group_by: str) -> list[Run]:
    """Return the runs of the files as traces: what memory holds is a few kilobytes a run.

    Args:
        paths: files in InterCode's JSON lines, as text or ``.xz``.
        group_by: what may not be on both sides: ``group`` (the task where a run has none), ``task`` or ``file``.

    Raises:
        ConfigurationError: a file isn't in this format.
    """
    runs = []
    for path in paths:
        for trajectory, solved in zip(read_trajectories(path), _solved(path), strict=True):
            trace = trace_of(trajectory)
            group = {"group": trace.group, "task": trajectory.task, "file": path.name}[group_by]
            runs.append(Run(replace(trace, group=group), solved))
    return runs


def _solved(path: Path) -> Iterator[int | None]:
    with opened(path) as lines:
        for line in lines:
            if line.strip():
                rewards = [float(step.get("reward") or 0) for step in json.loads(line)["steps"]]
                yield next((number for number, reward in enumerate(rewards, start=1) if reward >= 1), None)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a text file that may end in ``.xz``.

    Raises:
        ConfigurationError: it can't be read.
    """
    try:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
            yield lines
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _unreadable(path: Path, got: str) -> ConfigurationError:
    return ConfigurationError(
        f"benchmark data {path}",
        expected="a run as JSON on each line: run_id, agent, strategy, task_id, task, group, success, steps",
        got=got,
        next_step="correct the file, or give another one",
    )
