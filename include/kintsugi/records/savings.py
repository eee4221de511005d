"""Whether patterns are worth their cost: who worked without them, what each task took, what learning took."""

from typing import Any, ClassVar, Literal

from kintsugi.records.base import Record

Arm = Literal["held out", "treated"]


class Assignment(Record):
    """Which arm a task belongs to, written before it starts. ``id`` is a hash of (class, task).

    Attributes:
        task_class: tasks of one class are compared with each other.
        task: the task's id within its class.
        arm: *held out* works without patterns, *treated* with them.
        share: the share of the class that was held out when this was drawn.
        at: store time, seconds since the epoch.
    """

    collection: ClassVar[str] = "savings_assignments"
    indexed: ClassVar[tuple[str, ...]] = ("task_class", "arm")

    task_class: str
    task: str
    arm: Arm
    share: float
    at: float


class TaskOutcome(Record):
    """What a task took and how it ended; its arm is the one that was drawn before. ``id`` is its assignment's.

    Attributes:
        tokens: tokens that a language model read and wrote.
        seconds: seconds of work.
        retries: steps that were done again.
        repairs: actions that repaired something; no trajectory tells of them, only who calls `observe` can.
        origin: where the figures come from, "report" or the trajectory's origin.
        trajectory: the id of that trajectory, "" where there is none.
        started_at: when it started, or was gathered where nobody said, seconds since the epoch; ``None`` without one.
        at: store time of the first word, seconds since the epoch.
    """

    collection: ClassVar[str] = "savings_outcomes"
    indexed: ClassVar[tuple[str, ...]] = ("task_class", "arm")

    task_class: str
    task: str
    arm: Arm
    tokens: int = 0
    seconds: float = 0.0
    retries: int = 0
    repairs: int = 0
    succeeded: bool
    origin: str = "report"
    trajectory: str = ""
    started_at: float | None = None
    at: float


class LearningCost(Record):
    """What one piece of learning took: a run of `refine`, or a call of a language model. ``id`` hashes its name."""

    collection: ClassVar[str] = "savings_learning"
    indexed: ClassVar[tuple[str, ...]] = ("at",)

    tokens: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    at: float


SAVINGS = "savings"
"""Id of the only `SavingsFigures`."""


class SavingsFigures(Record):
    """The last report on savings, as a document; ``at`` is as of when, store time, seconds since the epoch."""

    collection: ClassVar[str] = "savings_figures"

    at: float
    body: dict[str, Any]
