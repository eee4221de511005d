"""A trajectory reduced to symbols: what extraction and gates look at, small enough to keep a window of."""

from dataclasses import dataclass
from typing import Any

from autorefine.fields import Fields, as_texts
from autorefine.symbols import REPEAT, action_symbols, outcome_symbols
from autorefine.trajectory import Trajectory

MAX_STEPS = 64


@dataclass(frozen=True)
class Trace:
    """The symbols of one trajectory, a tuple of actions and a tuple of outcomes for each of at most 64 steps."""

    id: str
    group: str
    agent: str
    agent_version: str
    success: bool
    actions: tuple[tuple[str, ...], ...]
    outcomes: tuple[tuple[str, ...], ...]

    @property
    def stratum(self) -> str:
        """Within what success rates may be compared: one version of one agent.

        Who acts is the strongest confounder of all (a better model does other things *and* succeeds more often).
        """
        return f"{self.agent}@{self.agent_version}"

    def to_document(self) -> dict[str, Any]:
        """Return the trace as a plain document that JSON can carry."""
        return {
            "id": self.id,
            "group": self.group,
            "agent": self.agent,
            "agent_version": self.agent_version,
            "success": self.success,
            "actions": [list(symbols) for symbols in self.actions],
            "outcomes": [list(symbols) for symbols in self.outcomes],
        }

    @staticmethod
    def from_document(document: object) -> "Trace":
        """Read a trace from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Trace", document)
        return Trace(
            id=fields.text("id"),
            group=fields.text("group"),
            agent=fields.text("agent"),
            agent_version=fields.text("agent_version"),
            success=fields.flag("success"),
            actions=fields.each("actions", as_texts),
            outcomes=fields.each("outcomes", as_texts),
        )


def trace_of(trajectory: Trajectory) -> Trace:
    """Reduce a trajectory to the symbols of its first 64 steps."""
    steps = trajectory.steps[:MAX_STEPS]
    actions = []
    for position, step in enumerate(steps):
        repeated = position > 0 and (step.action, step.arguments) == (
            steps[position - 1].action,
            steps[position - 1].arguments,
        )
        actions.append((*action_symbols(step.action), REPEAT) if repeated else action_symbols(step.action))
    return Trace(
        id=trajectory.id,
        group=trajectory.group or trajectory.task,
        agent=trajectory.agent,
        agent_version=trajectory.agent_version,
        success=trajectory.success,
        actions=tuple(actions),
        outcomes=tuple(outcome_symbols(step.action, step.observation, step.error) for step in steps),
    )
