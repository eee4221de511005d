"""What agents said about the patterns that they were given."""

from typing import ClassVar, Literal

from kintsugi.records.base import Record

Fate = Literal["", "given", "used", "failed", "succeeded"]
"""What became of a pattern in a task, as in autorefine's `Counters`."""


class UsageReport(Record):
    """One task of one agent version: which patterns it was given, which it acted on, how it ended.

    ``id`` is a hash of (agent version, task), so that the same report twice is one.

    Attributes:
        agent_version: agent and version, ``name@version``.
        retrieved: ids of the patterns that it was given, sorted; those that it used are among them.
        used: ids of those that it acted on, sorted.
        succeeded: whether the task succeeded; ``None`` until somebody says so.
        counted: whether every pattern's counts include what this version of the report says.
        included: what the counts include of it since all of them last did, by pattern.
        at: store time of the last word, seconds since the epoch.
    """

    collection: ClassVar[str] = "usage_reports"
    indexed: ClassVar[tuple[str, ...]] = ("at", "counted")
    expires: ClassVar[tuple[str, float] | None] = ("at", 90 * 86_400.0)

    task: str
    agent_version: str
    retrieved: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    succeeded: bool | None = None
    counted: bool = True
    included: dict[str, Fate] = {}
    at: float

    def fate_of(self, pattern: str) -> Fate:
        """Return what became of a pattern in this task."""
        if pattern not in self.used:
            return "given" if pattern in self.retrieved else ""
        if self.succeeded is None:
            return "used"
        return "succeeded" if self.succeeded else "failed"
