"""What an agent did and how it ended: the raw material of every pattern."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autorefine.fields import Fields, as_text

CONTRADICTED = "contradicted: different outcomes were told"
"""Stands as the source of an outcome that nobody can believe."""


@dataclass(frozen=True)
class Step:
    """One action and what came of it.

    ``action`` is the name of a tool or task, or a whole command; ``error`` is set when the agent's runtime knew that
    the step failed. ``cost`` is in whatever unit the host counts, ``seconds`` is wall time.
    """

    action: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    observation: str = ""
    error: str | None = None
    cost: float = 0.0
    seconds: float = 0.0

    def to_document(self) -> dict[str, Any]:
        """Return the step as a plain document that JSON can carry."""
        return {
            "action": self.action,
            "arguments": dict(self.arguments),
            "observation": self.observation,
            "error": self.error,
            "cost": self.cost,
            "seconds": self.seconds,
        }

    @staticmethod
    def from_document(document: object) -> "Step":
        """Read a step from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Step", document)
        return Step(
            action=fields.text("action"),
            arguments=fields.mapping("arguments", as_text),
            observation=fields.text("observation"),
            error=fields.optional_text("error"),
            cost=fields.number("cost"),
            seconds=fields.number("seconds"),
        )


@dataclass(frozen=True)
class Trajectory:
    """One attempt at one task, with its outcome.

    ``group`` names what must never be on both sides of a validation (a database, a data source, a repository); when it
    is empty the task stands for it. ``agent`` and ``agent_version`` name who chose the steps: success rates are
    compared only within one version of one agent. ``success`` is ``None`` while nothing says how it ended;
    ``outcome_source`` says who decided, and ``outcome_at`` when: what was decided later corrects what was decided
    before (without ``success`` it is withdrawn), and of two different outcomes of one time neither is believed. Times
    are in seconds since the epoch. ``task`` names the task, the same for each attempt; ``task_text`` tells it in words.
    ``name`` is what its source calls it, where that is not the ``id``.
    """

    id: str
    task: str
    group: str
    agent: str
    agent_version: str
    steps: tuple[Step, ...]
    success: bool | None
    outcome_source: str
    started_at: float | None = None
    task_text: str = ""
    outcome_at: float | None = None
    name: str = ""

    @property
    def cost(self) -> float:
        """What all steps cost together, in the unit that the host counts in."""
        return sum(step.cost for step in self.steps)

    @property
    def seconds(self) -> float:
        """How long all steps took together."""
        return sum(step.seconds for step in self.steps)

    def to_document(self) -> dict[str, Any]:
        """Return the trajectory as a plain document that JSON can carry."""
        return {
            "id": self.id,
            "task": self.task,
            "group": self.group,
            "agent": self.agent,
            "agent_version": self.agent_version,
            "steps": [step.to_document() for step in self.steps],
            "success": self.success,
            "outcome_source": self.outcome_source,
            "started_at": self.started_at,
            "task_text": self.task_text,
            "outcome_at": self.outcome_at,
            "name": self.name,
        }

    @staticmethod
    def from_document(document: object) -> "Trajectory":
        """Read a trajectory from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Trajectory", document)
        return Trajectory(
            id=fields.text("id"),
            task=fields.text("task"),
            group=fields.text("group"),
            agent=fields.text("agent"),
            agent_version=fields.text("agent_version"),
            steps=fields.each("steps", Step.from_document),
            success=fields.optional_flag("success"),
            outcome_source=fields.text("outcome_source"),
            started_at=fields.optional_number("started_at"),
            task_text=fields.optional_text("task_text") or "",
            outcome_at=fields.optional_number("outcome_at"),
            name=fields.optional_text("name") or "",
        )
