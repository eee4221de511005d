"""The audit: every decision about a pattern, with its numbers, who made it, and what the pattern said by then."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from autorefine.fields import Fields, as_number
from autorefine.pattern import Pattern, State
from autorefine.verdict import Ruling, Verdict

LOOP = "refine"
"""Who decides when nobody does: the loop."""

FOUND, OUTCOMES, LINEAGE, MERGED = "extraction", "outcomes", "lineage", "merging"
"""Names of what decides beside the gates: extraction, corrected outcomes, people about a pattern, merging."""

_STAGES = {FOUND: 0, OUTCOMES: 0, "maintenance": 2, MERGED: 3, LINEAGE: 4}


@dataclass(frozen=True)
class AuditEntry:
    """One decision about one pattern.

    Attributes:
        id: a hash of what was decided, so that a decision that is made again after a kill is the same entry.
        n: trajectories taken in by then.
        at: seconds since the epoch.
        pattern: its id.
        name: its name.
        was: its state before; ``None`` for a new one.
        now: its state after; the same where something else about it was decided.
        gate: what decided: a gate, maintenance, drift, extraction, outcomes, lineage.
        ruling: admit, hold or refuse.
        reason: for people.
        numbers: what it was decided on, and the pattern's support and effect by then.
        by: who decided: `LOOP`, or a person.
        said: the pattern's guideline by then.
    """

    id: str
    n: int
    at: float
    pattern: str
    name: str
    was: State | None
    now: State
    gate: str
    ruling: Ruling
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    by: str = LOOP
    said: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return the entry as a plain document that JSON can carry."""
        return {
            "id": self.id,
            "n": self.n,
            "at": self.at,
            "pattern": self.pattern,
            "name": self.name,
            "was": self.was,
            "now": self.now,
            "gate": self.gate,
            "ruling": self.ruling,
            "reason": self.reason,
            "numbers": dict(self.numbers),
            "by": self.by,
            "said": self.said,
        }

    @property
    def order(self) -> tuple[int, float, int, float, str, str]:
        """What the history is sorted by: trajectories, time, the stages of one batch, and then the same everywhere."""
        return self.n, self.at, _STAGES.get(self.gate, 1), self.numbers.get("write", 0), self.pattern, self.id

    @staticmethod
    def from_document(document: object) -> "AuditEntry":
        """Read an entry from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("AuditEntry", document)
        was = fields.optional_text("was")
        if was is not None:
            fields.choice("was", "candidate", "active", "retired")
        return AuditEntry(
            id=fields.text("id"),
            n=fields.integer("n"),
            at=fields.number("at"),
            pattern=fields.text("pattern"),
            name=fields.text("name"),
            was=cast("State | None", was),
            now=cast(State, fields.choice("now", "candidate", "active", "retired")),
            gate=fields.text("gate"),
            ruling=cast(Ruling, fields.choice("ruling", "admit", "hold", "refuse")),
            reason=fields.text("reason"),
            numbers=fields.mapping("numbers", as_number),
            by=fields.text("by"),
            said=fields.text("said"),
        )


def entry(
    was: Pattern | None, now: Pattern, verdict: Verdict, *, n: int, at: float, by: str = LOOP, write: int | None = None
) -> AuditEntry:
    """Return the entry that says what ``verdict`` made of a pattern.

    Args:
        was: the pattern before; ``None`` for a new one.
        now: the pattern after.
        verdict: what decided.
        n: trajectories taken in by then.
        at: seconds since the epoch.
        by: who decided.
        write: which write of the pattern it comes before, where the same can be decided several times at one ``n``.
    """
    state = was.state if was else None
    decided = [now.id, n, verdict.gate, state, now.state, verdict.reason]
    numbers = {**_standing(now), **verdict.numbers}
    if write is not None:
        decided.append(write)
        numbers["write"] = write
    return AuditEntry(
        id=hashlib.sha256(json.dumps(decided, ensure_ascii=True).encode()).hexdigest()[:32],
        n=n,
        at=at,
        pattern=now.id,
        name=now.name,
        was=state,
        now=now.state,
        gate=verdict.gate,
        ruling=verdict.ruling,
        reason=verdict.reason,
        numbers=numbers,
        by=by,
        said=now.guideline,
    )


def _standing(pattern: Pattern) -> dict[str, float]:
    """Return support and effect of the pattern, under names that no gate uses for its own figures."""
    support = pattern.support
    numbers: dict[str, float] = {
        "support_followed": support.followed,
        "support_followed_succeeded": support.followed_succeeded,
        "support_otherwise": support.otherwise,
        "support_otherwise_succeeded": support.otherwise_succeeded,
    }
    if pattern.effect is not None:
        numbers |= {
            "effect": pattern.effect.size,
            "effect_low": pattern.effect.low,
            "effect_high": pattern.effect.high,
        }
    return numbers
