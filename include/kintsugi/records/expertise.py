"""AutoRefine's trajectories, patterns and loop state, as the platform stores them."""

from typing import Any, ClassVar

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef


class StoredTrajectory(Record):
    """A trajectory in autorefine's own document form.

    Attributes:
        origin: the source that brought it, ``airflow`` or ``healing``.
        gathered_at: store time, seconds since the epoch.
        run: the Airflow run that it tells of, that did the work, or that brought it; ``None`` where there was none.
        subject: the id of the incident that it is about; "" elsewhere.
    """

    collection: ClassVar[str] = "trajectories"
    indexed: ClassVar[tuple[str, ...]] = ("origin", "gathered_at")

    origin: str
    gathered_at: float
    run: RunRef | None = None
    subject: str = ""
    body: dict[str, Any]


class StoredPattern(Record):
    """A pattern in autorefine's own document form; ``state`` is repeated so that it can be filtered on."""

    collection: ClassVar[str] = "patterns"
    indexed: ClassVar[tuple[str, ...]] = ("state",)

    state: str
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
