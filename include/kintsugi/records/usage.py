"""What agents said about the patterns that they were given."""

from typing import ClassVar

from kintsugi.records.base import Record


class UsageReport(Record):
    """One task of one agent version: which patterns it was given, which it acted on, how it ended.

    ``id`` is a hash of (agent version, task), so that the same report twice is one.

    Attributes:
        agent_version: agent and version, ``name@version``.
        retrieved: ids of the patterns that it was given, sorted; those that it used are among them.
        used: ids of those that it acted on, sorted.
        succeeded: whether the task succeeded; ``None`` until somebody says so.
        at: store time of the last word, seconds since the epoch.
    """

    collection: ClassVar[str] = "usage_reports"
    indexed: ClassVar[tuple[str, ...]] = ("at",)
    expires: ClassVar[tuple[str, float] | None] = ("at", 90 * 86_400.0)

    task: str
    agent_version: str
    retrieved: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    succeeded: bool | None = None
    at: float
