"""Did a run follow a pattern? The one definition that extraction, evidence and gates share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autorefine.fields import Fields
from autorefine.trace import Trace


@dataclass(frozen=True)
class Guard:
    """The situation in which a pattern speaks: an outcome symbol, and how soon after it the first action must come."""

    symbol: str
    reach: int

    def to_document(self) -> dict[str, Any]:
        """Return the guard as a plain document that JSON can carry."""
        return {"symbol": self.symbol, "reach": self.reach}

    @staticmethod
    def from_document(document: object) -> "Guard":
        """Read a guard from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Guard", document)
        return Guard(fields.text("symbol"), fields.integer("reach"))


@dataclass(frozen=True)
class Match:
    """Whether the run had the opportunity to follow the pattern, and the steps with which it did (none: it did not)."""

    eligible: bool
    steps: tuple[int, ...] = ()

    @property
    def followed(self) -> bool:
        """Whether the run did what the signature says."""
        return bool(self.steps)


def match(trace: Trace, guard: Guard | None, signature: Sequence[str]) -> Match:
    """Find the leftmost way in which a run did the actions of a signature in order; other steps may lie between.

    Without a guard every run with a step is eligible and the whole run counts. With one, the run is judged from the
    first step whose outcome is the guard: it is eligible when another step came after, and the first action must come
    within ``guard.reach`` steps. Judging from the first such step only keeps long failing runs from getting more
    chances.
    """
    start, last_first = 0, len(trace.actions) - 1
    if guard is not None:
        situation = next(
            (i for i, outcomes in enumerate(trace.outcomes) if guard.symbol in outcomes), len(trace.outcomes)
        )
        start = situation + 1
        last_first = situation + guard.reach
    if start >= len(trace.actions):
        return Match(eligible=False)
    steps: list[int] = []
    for symbol in signature:
        found = next((i for i in range(start, len(trace.actions)) if symbol in trace.actions[i]), None)
        if found is None or (not steps and found > last_first):
            return Match(eligible=True)
        steps.append(found)
        start = found + 1
    return Match(eligible=True, steps=tuple(steps))
