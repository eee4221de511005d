"""Readers of trajectories that other systems wrote down."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from autorefine.fields import Fields
from autorefine.trajectory import Step, Trajectory


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read, and why; ``number`` counts from 1."""

    number: int
    reason: str


def read_intercode(lines: Iterable[str], on_bad_line: Callable[[BadLine], object]) -> Iterator[Trajectory]:
    """Read InterCode runs, one JSON object a line (Yang et al., arXiv 2306.14898).

    A line that cannot be read is given to ``on_bad_line`` and skipped; blank lines are skipped silently. The reward
    after each step is left out: it is the outcome in disguise. The strategy is taken as the version of the agent.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _run(json.loads(line))
        except ValueError as refused:
            on_bad_line(BadLine(number, str(refused)))


def _run(document: object) -> Trajectory:
    fields = Fields("run", document)
    return Trajectory(
        id=fields.text("run_id"),
        task=fields.text("task_id"),
        group=fields.text("group"),
        agent=fields.text("agent"),
        agent_version=fields.text("strategy"),
        steps=fields.each("steps", _step),
        success=fields.flag("success"),
        outcome_source="intercode reward",
    )


def _step(document: object) -> Step:
    fields = Fields("step", document)
    return Step(action=fields.text("action"), observation=fields.optional_text("observation") or "")
