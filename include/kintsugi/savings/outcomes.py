"""What tasks took, and what learning took: each is kept once."""

from kintsugi.documents.identity import digest
from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.records.savings import Assignment, LearningCost, TaskOutcome
from kintsugi.savings.holdout import assignment_id

MOST = 1e12
"""Of tokens, seconds, retries or repairs of one task: no task takes more, and sums of squares stay finite."""


def observe(
    platform: Platform,
    task_class: str,
    task_id: str,
    *,
    succeeded: bool,
    tokens: float = 0,
    seconds: float = 0.0,
    retries: int = 0,
    repairs: int = 0,
    origin: str = "report",
    trajectory: str = "",
    started_at: float | None = None,
) -> bool:
    """Keep what a task took; return whether that is news.

    The first word on a task holds, until its author corrects it. Of several trajectories of a task the one that started
    first holds, in whatever order they are met. A task that was never assigned is passed over, whatever is said of it:
    nobody knows whether it worked with patterns.

    Args:
        platform: where it is kept.
        task_class: as it was assigned.
        task_id: as it was assigned.
        succeeded: how it ended; what failed cheaply is no saving, so success rates stand beside the costs.
        tokens: tokens that a language model read and wrote; rounded.
        seconds: seconds of work.
        retries: steps that were done again.
        repairs: actions that repaired something.
        origin: where the figures come from.
        trajectory: the id of the trajectory that they come from; what this one says later takes their place.
        started_at: when that trajectory started, seconds since the epoch.

    Raises:
        DataError: a figure of an assigned task is negative, not a number, or above `MOST`.
        ConflictError: somebody else corrected the outcome at the same time; calling again is right.
    """
    assignment = platform.records.get(Assignment, assignment_id(task_class, task_id))
    if assignment is None:
        return False
    _require_amounts(task_id, tokens, seconds, retries, repairs)
    outcome = TaskOutcome(
        id=assignment.id,
        task_class=task_class,
        task=task_id,
        arm=assignment.arm,
        tokens=round(tokens),
        seconds=seconds,
        retries=retries,
        repairs=repairs,
        succeeded=succeeded,
        origin=origin,
        trajectory=trajectory,
        started_at=started_at,
        at=platform.records.now(),
    )
    if platform.records.insert(outcome):
        return True
    known = platform.records.get(TaskOutcome, outcome.id)
    if known is None or not (_is_of(known, outcome) or _is_before(known, outcome)):
        return False
    started_at = known.started_at if _is_of(known, outcome) else started_at
    corrected = outcome.but(version=known.version, at=known.at, started_at=started_at)
    return corrected != known and platform.records.replace(corrected) is not None


def spent_on_learning(
    platform: Platform, piece: str, *, tokens: int = 0, tokens_out: int = 0, seconds: float = 0.0
) -> bool:
    """Keep what a piece of learning took (a run of `refine`, a call of a language model); return whether it is new.

    Args:
        platform: where it is kept.
        piece: names the run or the call; the same name twice counts once.
        tokens: tokens that a language model read.
        tokens_out: tokens that it wrote.
        seconds: seconds of computing.

    Raises:
        DataError: a figure is negative, not a number, or above `MOST`.
    """
    _require_amounts(piece, tokens, tokens_out, seconds)
    return platform.records.insert(
        LearningCost(
            id=digest("learning", piece),
            tokens=tokens,
            tokens_out=tokens_out,
            seconds=seconds,
            at=platform.records.now(),
        )
    )


def _is_of(known: TaskOutcome, told: TaskOutcome) -> bool:
    """Tell whether what is said now comes from the trajectory that the known outcome comes from."""
    return bool(told.trajectory) and told.trajectory == known.trajectory


def _is_before(known: TaskOutcome, told: TaskOutcome) -> bool:
    """Tell whether what is said now comes from a trajectory that started before the known outcome's."""
    if known.started_at is None or told.started_at is None:
        return False
    return (told.started_at, told.trajectory) < (known.started_at, known.trajectory)


def _require_amounts(name: str, *amounts: float) -> None:
    wrong = [amount for amount in amounts if not 0 <= amount <= MOST]
    if wrong:
        raise DataError(
            f"savings: what {name!r} took can't be kept",
            expected=f"amounts of at least 0 and at most {MOST:g}",
            got=str(wrong[0]),
            next_step="correct whoever measured it",
        )
