"""AutoRefine's trajectories, patterns and loop state, as the platform stores them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, model_validator

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef


class TrajectoryHead(Record):
    """What is shown of a `StoredTrajectory`, read without its body however long that is; never written.

    Attributes:
        origin: the source that brought it, ``airflow`` or ``healing``.
        gathered_at: store time, seconds since the epoch.
        run: the Airflow run that it tells of, that did the work, or that brought it; ``None`` where there was none.
        subject: the id of the incident that it is about; "" elsewhere.
        name: what its source calls it; "" where that says nothing, or an older version stored the record.
        task: what was to be done.
        agent: who did it, ``name@version``.
        steps: how many there were; ``None`` where the body is no trajectory, or an older version stored the record.
        success: how it ended; ``None`` where nobody knows.
        started_at: seconds since the epoch; ``None`` where nobody said.
    """

    model_config = ConfigDict(extra="ignore")

    collection: ClassVar[str] = "trajectories"
    indexed: ClassVar[tuple[str, ...]] = ("origin", "gathered_at")

    origin: str
    gathered_at: float
    run: RunRef | None = None
    subject: str = ""
    name: str = ""
    task: str = ""
    agent: str = ""
    steps: int | None = None
    success: bool | None = None
    started_at: float | None = None


class StoredTrajectory(TrajectoryHead):
    """A trajectory in autorefine's own document form; its head is always taken from the ``body``.

    ``decided_by`` is who said how it ended, in place of its source; "" where nobody did.
    """

    model_config = ConfigDict(extra="forbid")

    decided_by: str = ""
    body: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _with_head(cls, told: Any) -> Any:
        body = told.get("body") if isinstance(told, Mapping) else None
        return {**told, **_head(body)} if isinstance(body, Mapping) else told


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the head repeats of a body; nothing is known of one that is no trajectory."""
    task, agent, version, steps = (body.get(name) for name in ("task", "agent", "agent_version", "steps"))
    told = isinstance(steps, list | tuple) and all(isinstance(each, str) for each in (task, agent, version))
    name, success, started_at = body.get("name"), body.get("success"), body.get("started_at")
    return {
        "name": name if isinstance(name, str) else "",
        "task": task if told else "",
        "agent": f"{agent}@{version}" if told else "",
        "steps": len(steps or ()) if told else None,
        "success": success if isinstance(success, bool) else None,
        "started_at": started_at if isinstance(started_at, int | float) else None,
    }


class StoredPattern(Record):
    """A pattern in autorefine's own document form; ``state`` is repeated so that it can be filtered on.

    ``strength`` is what the strongest are found by; ``None`` where an older version stored the record.
    """

    collection: ClassVar[str] = "patterns"
    indexed: ClassVar[tuple[str, ...]] = ("state", "strength")

    state: str
    strength: float | None = None
    body: dict[str, Any]


class PatternDecision(Record):
    """What was decided about a pattern; the fields are those of autorefine's `AuditEntry`.

    The id begins with ``n``, padded, so that decisions are in the order of their ids.
    """

    collection: ClassVar[str] = "pattern_decisions"
    indexed: ClassVar[tuple[str, ...]] = ("pattern", "at", "n")

    n: int
    at: float
    pattern: str
    name: str
    was: str | None
    now: str
    gate: str
    ruling: str
    reason: str
    numbers: dict[str, float]
    by: str
    said: str


class LoopState(Record):
    """A named piece of the refine loop's memory (seen ids, n, what is pending)."""

    collection: ClassVar[str] = "loop_state"

    body: dict[str, Any]
