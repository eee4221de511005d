"""How often a pattern was retrieved, used, and used with success."""

from dataclasses import dataclass
from typing import Any

from autorefine.fields import Fields

BLOCK = 32
"""So many uses are compared with those before them when drift is looked for."""

_REMEMBERED = 2 * BLOCK - 1


@dataclass(frozen=True)
class Counters:
    """Counts of tasks; ``succeeded`` is used *and* successful (arXiv 2601.22758, section 3).

    ``recent`` says of the newest uses, at most 63, whether they succeeded, newest last: so a whole `BLOCK` of them is
    always there.
    """

    retrieved: int = 0
    used: int = 0
    succeeded: int = 0
    recent: tuple[bool, ...] = ()

    def after(self, *, retrieved: bool, used: bool, succeeded: bool) -> "Counters":
        """Return the counts after one more task; a success without use is not counted, a use is a retrieval."""
        return Counters(
            retrieved=self.retrieved + (retrieved or used),
            used=self.used + used,
            succeeded=self.succeeded + (used and succeeded),
            recent=(*self.recent, succeeded)[-_REMEMBERED:] if used else self.recent,
        )

    def __add__(self, other: "Counters") -> "Counters":
        """Add the counts; which of the uses are the newest is not known then."""
        return Counters(self.retrieved + other.retrieved, self.used + other.used, self.succeeded + other.succeeded)

    def at_least(self, other: "Counters") -> "Counters":
        """Return the larger of each count, and the newest uses of the one that was used more."""
        return Counters(
            max(self.retrieved, other.retrieved),
            max(self.used, other.used),
            max(self.succeeded, other.succeeded),
            self.recent if self.used >= other.used else other.recent,
        )

    def to_document(self) -> dict[str, Any]:
        """Return the counts as a plain document that JSON can carry."""
        recent = "".join("+" if each else "-" for each in self.recent)
        return {"retrieved": self.retrieved, "used": self.used, "succeeded": self.succeeded, "recent": recent}

    @staticmethod
    def from_document(document: object) -> "Counters":
        """Read counts from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Counters", document)
        return Counters(
            fields.integer("retrieved"),
            fields.integer("used"),
            fields.integer("succeeded"),
            tuple(each == "+" for each in fields.optional_text("recent") or ""),
        )
