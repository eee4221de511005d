"""What was decided about a pattern, by which gate, and on which numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from autorefine.fields import Fields, as_number

Ruling = Literal["admit", "hold", "refuse"]


@dataclass(frozen=True)
class Verdict:
    """One gate's ruling: *admit*, *hold* (not enough is known yet) or *refuse*, with the reason for people."""

    gate: str
    ruling: Ruling
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def admitted(self) -> bool:
        """Whether the gate lets the pattern pass."""
        return self.ruling == "admit"

    def to_document(self) -> dict[str, Any]:
        """Return the verdict as a plain document that JSON can carry."""
        return {"gate": self.gate, "ruling": self.ruling, "reason": self.reason, "numbers": dict(self.numbers)}

    @staticmethod
    def from_document(document: object) -> "Verdict":
        """Read a verdict from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Verdict", document)
        return Verdict(
            gate=fields.text("gate"),
            ruling=cast(Ruling, fields.choice("ruling", "admit", "hold", "refuse")),
            reason=fields.text("reason"),
            numbers=fields.mapping("numbers", as_number),
        )
