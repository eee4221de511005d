"""`AgentRun`: one attempt of an agent at a task, whatever format it was written down in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autorefine.trajectory import Step, Trajectory

MAX_OBSERVATION = 10_000
"""Characters of an observation, an argument or an error that a trajectory keeps."""

MAX_STEPS = 2000
"""Steps that a trajectory keeps: the first ones."""


@dataclass(frozen=True)
class Said:
    """Something that was said between two steps."""

    speaker: str
    text: str


@dataclass(frozen=True)
class AgentRun:
    """One attempt at one task.

    Attributes:
        id: the run's own name, or a digest of its content where it has none.
        task: what was to be done, in words.
        course: steps and what was said, in their order.
        task_id: the task's name, the same for each attempt at it; "" where ``task`` stands for it.
        agent, agent_version: who chose the steps; "" where nothing says.
        group: what must not be on both sides of a validation; "" lets the task stand for it.
        success: how it ended; ``None`` where nothing says.
        outcome_source: who or what decided about ``success``.
        started_at: seconds since the epoch.
        facts: anything else that is worth a line, e.g. the model.
    """

    id: str
    task: str
    course: tuple[Step | Said, ...]
    task_id: str = ""
    agent: str = ""
    agent_version: str = ""
    group: str = ""
    success: bool | None = None
    outcome_source: str = ""
    started_at: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps alone."""
        return tuple(each for each in self.course if isinstance(each, Step))


def trajectory_of(run: AgentRun, id: str | None = None, agent: str = "") -> Trajectory:
    """Return the run as AutoRefine learns from it: at most 2,000 steps of bounded size.

    Args:
        run: what was done.
        id: the trajectory's id; the run's own name without it.
        agent: who acted, where the run does not say.
    """
    return Trajectory(
        id=run.id if id is None else id,
        task=run.task_id or run.task,
        group=run.group,
        agent=run.agent or agent,
        agent_version=run.agent_version,
        steps=tuple(_kept(step) for step in run.steps[:MAX_STEPS]),
        success=run.success,
        outcome_source=run.outcome_source,
        started_at=run.started_at,
        task_text=excerpt(run.task, MAX_OBSERVATION),
    )


def excerpt(text: str, longest: int) -> str:
    """Return the text, or its beginning and end where it has more characters than ``longest``."""
    if len(text) <= longest:
        return text
    head, tail = longest * 2 // 3, longest // 3
    return f"{text[:head]}\n… {len(text) - head - tail:,} characters left out …\n{text[-tail:]}"


def _kept(step: Step) -> Step:
    return Step(
        action=excerpt(step.action, MAX_OBSERVATION),
        arguments={name: excerpt(value, MAX_OBSERVATION) for name, value in step.arguments.items()},
        observation=excerpt(step.observation, MAX_OBSERVATION),
        error=None if step.error is None else excerpt(step.error, MAX_OBSERVATION),
        cost=step.cost,
        seconds=step.seconds,
    )
