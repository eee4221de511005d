"""A procedure as a small bounded state machine."""

from dataclasses import dataclass
from typing import Any

from autorefine.fields import Fields, as_text, as_texts


@dataclass(frozen=True)
class Machine:
    """States (action symbols; the first one starts, the last one ends), allowed transitions, and a limit of steps.

    A state that leads to itself may be repeated.
    """

    states: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]
    step_limit: int

    def to_document(self) -> dict[str, Any]:
        """Return the machine as a plain document that JSON can carry."""
        return {
            "states": list(self.states),
            "transitions": [list(pair) for pair in self.transitions],
            "step_limit": self.step_limit,
        }

    @staticmethod
    def from_document(document: object) -> "Machine":
        """Read a machine from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Machine", document)
        return Machine(
            states=fields.each("states", as_text),
            transitions=fields.each("transitions", _pair),
            step_limit=fields.integer("step_limit"),
        )

    @property
    def repeatable(self) -> frozenset[str]:
        """The states that may be repeated."""
        return frozenset(source for source, target in self.transitions if source == target)


def _pair(value: object) -> tuple[str, str]:
    texts = as_texts(value)
    if len(texts) != 2:
        raise ValueError(f"transition: expected two states, got {len(texts)}")
    return texts[0], texts[1]
