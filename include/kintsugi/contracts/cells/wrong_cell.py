"""What is said of a cell: one signal's suspicion, and the verdict over all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Suspicion:
    """What one signal holds against a value.

    Attributes:
        signal: name of the signal, e.g. ``spelling``.
        reason: what is wrong, in words for a person.
        confidence: 0 to 1, how often such a value is wrong.
        suggestion: what should stand there; ``None`` when the signal can't say.
    """

    signal: str
    reason: str
    confidence: float
    suggestion: str | None = None


@dataclass(frozen=True)
class WrongCell:
    """A cell that is probably wrong.

    Attributes:
        row: position of the row, from 0.
        column: name of the column.
        value: what stands there; "" where nothing does.
        reason: the strongest reason, in words for a person.
        confidence: 0 to 1, over all signals.
        suggestion: what should stand there; ``None`` when it isn't known.
    """

    row: int
    column: str
    value: str
    reason: str
    confidence: float
    suggestion: str | None
