"""How often a pattern was retrieved, used, and used with success."""

from dataclasses import dataclass
from typing import Any

from autorefine.fields import Fields


@dataclass(frozen=True)
class Counters:
    """Counts of tasks; ``succeeded`` is used *and* successful (arXiv 2601.22758, section 3)."""

    retrieved: int = 0
    used: int = 0
    succeeded: int = 0

    def after(self, *, retrieved: bool, used: bool, succeeded: bool) -> "Counters":
        """Return the counts after one more task; a success without use is not counted, a use is a retrieval."""
        return Counters(
            retrieved=self.retrieved + (retrieved or used),
            used=self.used + used,
            succeeded=self.succeeded + (used and succeeded),
        )

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(self.retrieved + other.retrieved, self.used + other.used, self.succeeded + other.succeeded)

    def at_least(self, other: "Counters") -> "Counters":
        """Return the larger of each count."""
        return Counters(
            max(self.retrieved, other.retrieved), max(self.used, other.used), max(self.succeeded, other.succeeded)
        )

    def to_document(self) -> dict[str, Any]:
        """Return the counts as a plain document that JSON can carry."""
        return {"retrieved": self.retrieved, "used": self.used, "succeeded": self.succeeded}

    @staticmethod
    def from_document(document: object) -> "Counters":
        """Read counts from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Counters", document)
        return Counters(fields.integer("retrieved"), fields.integer("used"), fields.integer("succeeded"))
