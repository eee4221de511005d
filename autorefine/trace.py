"""A trajectory reduced to symbols: what extraction and gates look at, small enough to keep a window of."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autorefine import symbols
from autorefine.answers import answer_of
from autorefine.fields import Fields, as_text, as_texts
from autorefine.relations import forget_words, relations, task_symbols
from autorefine.symbols import REPEAT, action_symbols, outcome_symbols
from autorefine.trajectory import Trajectory

MAX_STEPS = 64


@dataclass(frozen=True)
class Trace:
    """The symbols of one trajectory: for each of at most 64 steps its actions, its outcomes, and how it stands to
    others.

    ``asked`` holds the symbols of the task, ``length`` the number of steps that there really were.
    """

    id: str
    group: str
    agent: str
    agent_version: str
    success: bool
    actions: tuple[tuple[str, ...], ...]
    outcomes: tuple[tuple[str, ...], ...]
    relations: tuple[tuple[str, ...], ...] = ()
    asked: tuple[str, ...] = ()
    task: str = ""
    length: int = 0

    @property
    def stratum(self) -> str:
        """Within what success rates may be compared: one version of one agent.

        Who acts is the strongest confounder of all (a better model does other things *and* succeeds more often).
        """
        return f"{self.agent}@{self.agent_version}"

    @cached_property
    def signs(self) -> tuple[frozenset[str], ...]:
        """What can be said of the run at each of its first moments; see `moments.signs_of`."""
        from autorefine.moments import signs_of

        return signs_of(self)

    def to_document(self) -> dict[str, Any]:
        """Return the trace as a plain document that JSON can carry."""
        return {
            "id": self.id,
            "group": self.group,
            "agent": self.agent,
            "agent_version": self.agent_version,
            "success": self.success,
            "actions": [list(each) for each in self.actions],
            "outcomes": [list(each) for each in self.outcomes],
            "relations": [list(each) for each in self.relations],
            "asked": list(self.asked),
            "task": self.task,
            "length": self.length,
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
            relations=fields.each("relations", as_texts),
            asked=fields.each("asked", as_text),
            task=fields.text("task"),
            length=fields.integer("length"),
        )


def forget() -> None:
    """Empty what is remembered of texts that were templated before; for measuring speed."""
    symbols.forget()
    forget_words()
    answer_of.cache_clear()


def trace_of(trajectory: Trajectory) -> Trace:
    """Reduce a trajectory to the symbols of its first 64 steps.

    Raises:
        ValueError: nothing says yet how it ended.
    """
    if trajectory.success is None:
        raise ValueError(f"trajectory {trajectory.id}: expected a known outcome, got none yet")
    steps = trajectory.steps[:MAX_STEPS]
    actions = []
    for position, step in enumerate(steps):
        repeated = position > 0 and (step.action, step.arguments) == (
            steps[position - 1].action,
            steps[position - 1].arguments,
        )
        actions.append((*action_symbols(step.action), REPEAT) if repeated else action_symbols(step.action))
    outcomes = tuple(outcome_symbols(step.action, step.observation, step.error) for step in steps)
    return Trace(
        id=trajectory.id,
        group=trajectory.group or trajectory.task,
        agent=trajectory.agent,
        agent_version=trajectory.agent_version,
        success=trajectory.success,
        actions=tuple(actions),
        outcomes=outcomes,
        relations=relations(steps, outcomes, trajectory.task_text),
        asked=task_symbols(trajectory.task_text),
        task=trajectory.task,
        length=len(trajectory.steps),
    )
