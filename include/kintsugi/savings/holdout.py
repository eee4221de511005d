"""Who works without patterns: a random share of each class of tasks, drawn before the task starts."""

from kintsugi.documents.identity import digest
from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.records.savings import Arm, Assignment
from kintsugi.savings.terms import terms_of
from kintsugi.stores.owner import Owner

MOST_CHARACTERS = 400


def drawn(salt: str, task_class: str, task_id: str, share: float) -> Arm:
    """Return the arm of a task: a pure function of its arguments, the same on every machine and for ever.

    Each class is a stratum with a draw of its own. The share is that of an endless class; what a class of few tasks has
    got by chance stands in the report.

    Args:
        salt: the platform's own; whoever doesn't know it can't pick tasks by their arm.
        task_class: the class.
        task_id: the task within its class.
        share: 0 … 1, how much of the class is held out.
    """
    draw = int(digest("holdout", salt, task_class, task_id, size=8), 16) / 2**64
    return "held out" if draw < share else "treated"


def assign(platform: Platform, task_class: str, task_id: str) -> Arm:
    """Return the arm of a task, and keep it: call it before the task starts, and give a held-out one no patterns.

    The arm that was kept first holds, also when the share is set to another one later.

    Raises:
        DataError: class or task is empty or too long.
        TransientError: the records can't be reached; the task then goes on without patterns and counts in neither arm.
    """
    known = platform.records.get(Assignment, assignment_id(task_class, task_id))
    if known is not None:
        return known.arm
    for name, text in (("class", task_class), ("task", task_id)):
        if not text.strip() or len(text) > MOST_CHARACTERS or "\0" in text:
            raise DataError(
                f"holdout: the {name} of a task can't be kept",
                expected=f"1 … {MOST_CHARACTERS} characters",
                got=f"{len(text)} characters",
                next_step="name the task as its runner knows it",
            )
    share = terms_of(platform).share
    salt = Owner(lambda: platform.records).made()
    made = Assignment(
        id=assignment_id(task_class, task_id),
        task_class=task_class,
        task=task_id,
        arm=drawn(salt, task_class, task_id, share),
        share=share,
        at=platform.records.now(),
    )
    if platform.records.insert(made):
        return made.arm
    other = platform.records.get(Assignment, made.id)
    return made.arm if other is None else other.arm


def assignment_id(task_class: str, task_id: str) -> str:
    """Return the id of a task's assignment and of its outcome."""
    return digest("savings", task_class, task_id)
