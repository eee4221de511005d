"""What one call of the loop took in and what it decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autorefine.pattern import Pattern, State
from autorefine.verdict import Verdict

MOST_SHOWN = 50
MOST_DECISIONS = 2_000
"""Decisions that a report holds, the newest; all are in the repository's history."""


@dataclass(frozen=True)
class Decision:
    """A pattern changed its state; ``was`` is ``None`` for a new one."""

    pattern: str
    name: str
    was: State | None
    now: State
    gate: str
    reason: str

    def to_document(self) -> dict[str, Any]:
        """Return the decision as a plain document that JSON can carry."""
        return {
            "pattern": self.pattern,
            "name": self.name,
            "was": self.was,
            "now": self.now,
            "gate": self.gate,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class RefineReport:
    """What came in, what was decided, and what is held back.

    Attributes:
        n: trajectories taken in since the beginning.
        new: of these, in this call.
        known: trajectories that were taken in before and were passed over.
        changed: trajectories that were taken in before and end otherwise now; all that rests on them is corrected.
        waiting: trajectories without an outcome; they are taken in when they come with one.
        contradicted: trajectories whose outcome nobody can believe since this call.
        extractions: batches that were contrasted.
        proposed, admitted, retired: changes of state: new ones, those that became active, and those that are retired.
        decisions: the newest of these changes, `MOST_DECISIONS` at most, in order.
        held: candidates that wait, each with the gate that holds it and its reason.
        states: patterns by state, at the end.
    """

    n: int
    new: int = 0
    known: int = 0
    changed: int = 0
    waiting: int = 0
    contradicted: tuple[str, ...] = ()
    extractions: int = 0
    proposed: int = 0
    admitted: int = 0
    retired: int = 0
    decisions: tuple[Decision, ...] = ()
    held: tuple[Decision, ...] = ()
    states: Mapping[str, int] = field(default_factory=dict)

    def then(self, later: "RefineReport") -> "RefineReport":
        """Return one report of this call and the one after it."""
        return replace(
            later,
            new=self.new + later.new,
            known=self.known + later.known,
            changed=self.changed + later.changed,
            waiting=self.waiting + later.waiting,
            contradicted=(self.contradicted + later.contradicted)[-MOST_SHOWN:],
            extractions=self.extractions + later.extractions,
            proposed=self.proposed + later.proposed,
            admitted=self.admitted + later.admitted,
            retired=self.retired + later.retired,
            decisions=(self.decisions + later.decisions)[-MOST_DECISIONS:],
        )

    def with_decisions(self, decisions: Sequence[Decision]) -> "RefineReport":
        """Return the report with these changes of state, after those that it holds."""
        return replace(
            self,
            proposed=self.proposed + sum(each.was is None for each in decisions),
            admitted=self.admitted + sum(each.now == "active" for each in decisions),
            retired=self.retired + sum(each.now == "retired" for each in decisions),
            decisions=(*self.decisions, *decisions)[-MOST_DECISIONS:],
        )

    def to_document(self) -> dict[str, Any]:
        """Return the report as a plain document that JSON can carry; at most `MOST_SHOWN` of each list, newest last."""
        return {
            "n": self.n,
            "new": self.new,
            "known": self.known,
            "changed": self.changed,
            "waiting": self.waiting,
            "contradicted": list(self.contradicted[-MOST_SHOWN:]),
            "extractions": self.extractions,
            "proposed": self.proposed,
            "admitted": self.admitted,
            "retired": self.retired,
            "states": dict(self.states),
            "decisions": [each.to_document() for each in self.decisions[-MOST_SHOWN:]],
            "held": [each.to_document() for each in self.held[-MOST_SHOWN:]],
        }


def decision(was: Pattern | None, now: Pattern) -> Decision:
    """Return what changed, with the verdict that decided it."""
    verdict = next(iter(deciding(now)), None)
    return Decision(
        pattern=now.id,
        name=now.name,
        was=was.state if was else None,
        now=now.state,
        gate=verdict.gate if verdict else "",
        reason=verdict.reason if verdict else "found by extraction",
    )


def deciding(pattern: Pattern) -> list[Verdict]:
    """Return the verdicts that explain the state, the telling one first."""
    if pattern.state == "active":
        return [verdict for verdict in pattern.verdicts if verdict.gate == "replay"]
    refusing = [verdict for verdict in pattern.verdicts if verdict.ruling == "refuse"]
    return refusing or [verdict for verdict in pattern.verdicts if not verdict.admitted]
