"""What is known of how a run ended, and what another word about it makes of that, in whatever order they come."""

from dataclasses import dataclass
from math import inf
from typing import Any

from autorefine.fields import Fields
from autorefine.trajectory import CONTRADICTED, Trajectory


@dataclass(frozen=True)
class Outcome:
    """How a run ended, as far as anybody can say.

    Attributes:
        success: whether it succeeded; ``None`` where words of one time contradict each other, or where somebody has
            withdrawn what was said before.
        at: when that was decided, seconds since the epoch; ``None`` where nobody said, which is before any time.
    """

    success: bool | None
    at: float | None = None

    @property
    def contradicted(self) -> bool:
        """Whether nobody can be believed, until somebody decides later."""
        return self.success is None

    def to_document(self) -> dict[str, Any]:
        """Return the outcome as a plain document that JSON can carry."""
        return {"success": self.success, "at": self.at}

    @staticmethod
    def from_document(document: object) -> "Outcome":
        """Read an outcome from a plain document.

        Raises:
            ValueError: a field is of another type; the message names it.
        """
        fields = Fields("Outcome", document)
        return Outcome(fields.optional_flag("success"), fields.optional_number("at"))


def outcome_of(trajectory: Trajectory) -> Outcome | None:
    """Return what a trajectory says of its end; ``None`` while it says nothing."""
    nobody_knows = trajectory.success is None and trajectory.outcome_at is None
    if nobody_knows and trajectory.outcome_source != CONTRADICTED:
        return None
    return Outcome(trajectory.success, trajectory.outcome_at)


def joined(known: Outcome | None, told: Outcome | None) -> Outcome | None:
    """Return what is known after another word: the later one holds; two different ones of one time contradict.

    A contradiction is no word that could be taken back by saying one of its sides again: only what was decided later
    ends it. Joining is commutative, associative and idempotent, so neither order nor repetition matters.
    """
    if known is None or told is None:
        return told if known is None else known
    if known == told:
        return known
    before, after = (-inf if each.at is None else each.at for each in (known, told))
    if before != after:
        return told if after > before else known
    return Outcome(None, known.at)
