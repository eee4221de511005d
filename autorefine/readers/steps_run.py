"""Runs as a list of steps: the project's own JSON lines, and AutoRefine's trajectories as they are stored."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from autorefine.readers.plain import flag_of, mapping_of, named, number_of, seconds_of, text_of
from autorefine.readers.run import AgentRun
from autorefine.trajectory import Step

_FACTS = ("environment", "hardness", "model")


def is_steps(document: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether the document is a run in this format."""
    return isinstance(document, Mapping) and isinstance(document.get("steps"), list)


def steps_run(document: Mapping[str, Any], outcome: str) -> AgentRun:
    """Return the run.

    ``max_reward`` and the reward after a step are left out: they are the outcome in disguise.

    Args:
        document: keys ``run_id`` or ``id``, ``task``, ``task_id`` (or, as `Trajectory` writes them, ``task_text`` and
            ``task``), ``agent``, ``agent_version`` or ``strategy``,
            ``group``, ``started_at``, and ``steps`` with ``action``, ``arguments``, ``observation``, ``error``,
            ``cost`` and ``seconds``; only ``steps`` with their actions have to be there.
        outcome: name of the key that says how it ended.

    Raises:
        ValueError: it is not of that form.
    """
    steps = tuple(_step(each, n) for n, each in enumerate(document["steps"]))
    written_by_us = "task_text" in document
    success = flag_of(document.get(outcome))
    return AgentRun(
        id=named(document, "run_id", "id"),
        task=text_of(document.get("task_text" if written_by_us else "task")),
        task_id=text_of(document.get("task" if written_by_us else "task_id")),
        course=steps,
        agent=text_of(document.get("agent")),
        agent_version=text_of(document.get("agent_version") or document.get("strategy")),
        group=text_of(document.get("group")),
        success=success,
        outcome_source=text_of(document.get("outcome_source")) or f"field {outcome}",
        started_at=seconds_of(document.get("started_at")),
        facts={name.capitalize(): text_of(document.get(name)) for name in _FACTS if document.get(name)},
    )


def _step(document: object, number: int) -> Step:
    if not isinstance(document, Mapping) or not isinstance(document.get("action"), str):
        raise ValueError(f"steps[{number}]: a mapping with an action in words")
    error = document.get("error")
    return Step(
        action=text_of(document["action"]),
        arguments={text_of(name): text_of(value) for name, value in mapping_of(document.get("arguments")).items()},
        observation=text_of(document.get("observation")),
        error=text_of(error) if error else None,
        cost=number_of(document.get("cost")) or 0.0,
        seconds=number_of(document.get("seconds")) or 0.0,
    )
