"""AutoRefine's trajectories, patterns and loop state, as the platform stores them."""

from typing import Any, ClassVar

from kintsugi.records.base import Record


class StoredTrajectory(Record):
    """A trajectory in autorefine's own document form; ``refined`` once the loop has seen it."""

    collection: ClassVar[str] = "trajectories"
    indexed: ClassVar[tuple[str, ...]] = ("origin", "gathered_at")

    origin: str
    gathered_at: float
    body: dict[str, Any]


class StoredPattern(Record):
    """A pattern in autorefine's own document form; ``state`` is repeated so that it can be filtered on."""

    collection: ClassVar[str] = "patterns"
    indexed: ClassVar[tuple[str, ...]] = ("state",)

    state: str
    body: dict[str, Any]


class LoopState(Record):
    """A named piece of the refine loop's memory (seen ids, n, what is pending)."""

    collection: ClassVar[str] = "loop_state"

    body: dict[str, Any]
