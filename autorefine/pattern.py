"""A pattern: one piece of expertise with its evidence, its counters and its history."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from autorefine.counters import Counters
from autorefine.evidence import Effect, Evidence, tally
from autorefine.fields import Fields, as_text, as_texts
from autorefine.machine import Machine
from autorefine.match import Guard
from autorefine.proportions import Table
from autorefine.verdict import Verdict

Kind = Literal["skill", "subagent", "sign"]
State = Literal["candidate", "active", "retired"]
Origin = Literal["window", "first half", "second half", "elsewhere"]
STATES: tuple[State, ...] = ("active", "candidate", "retired")
"""Every state, in the order in which people read about them; only active patterns are given to anybody."""

ORIGINS: tuple[Origin, ...] = ("window", "first half", "second half", "elsewhere")


@dataclass(frozen=True)
class Scope:
    """For whom a pattern speaks; an empty tuple leaves that side open."""

    groups: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    def covers(self, group: str, agent: str) -> bool:
        """Tell whether a run of ``agent`` in ``group`` is within the scope."""
        return (not self.groups or group in self.groups) and (not self.agents or agent in self.agents)

    def joined(self, other: "Scope") -> "Scope":
        """Return the scope of both; a side that is open for one of them stays open."""
        return Scope(_joined(self.groups, other.groups), _joined(self.agents, other.agents))


@dataclass(frozen=True)
class Withdrawal:
    """Somebody retired the pattern ``origin``, and with it this one, which was in state ``was``."""

    origin: str
    was: State

    def to_document(self) -> dict[str, Any]:
        """Return the withdrawal as a plain document that JSON can carry."""
        return {"origin": self.origin, "was": self.was}

    @staticmethod
    def from_document(document: object) -> "Withdrawal":
        """Read a withdrawal from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Withdrawal", document)
        return Withdrawal(fields.text("origin"), cast(State, fields.choice("was", "candidate", "active", "retired")))


@dataclass(frozen=True)
class Pattern:
    """A *skill* (advice on what to do, or with ``avoid`` what not to do), a *subagent* (a procedure with states), or a
    *sign* (what can be seen of a run while it goes on, and how it then ends; with ``avoid`` a warning).

    ``id`` is a hash of what the pattern says, so that the same finding is the same pattern in every batch. ``counters``
    are kept per agent version. ``verdicts`` holds the last word of each gate and of maintenance; ``looks`` counts how
    often held-out data was consulted. ``parents`` are patterns that were merged into this one. While there are
    ``withdrawals`` it stays retired, whatever is found; see `lineage`. ``drawn_from`` says which runs of the loop may
    not judge it: of the window extraction draws it anew at every sitting; a proposer drew it once from one half of the
    groups; elsewhere it was drawn from no run that was taken in here. ``version`` grows by one with every write.
    """

    id: str
    kind: Kind
    name: str
    guideline: str
    signature: tuple[str, ...]
    guard: Guard | None
    avoid: bool
    scope: Scope
    evidence: tuple[Evidence, ...]
    effect: Effect | None
    machine: Machine | None
    created_at: float
    state: State = "candidate"
    counters: Mapping[str, Counters] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    looks: int = 0
    withdrawals: tuple[Withdrawal, ...] = ()
    drawn_from: Origin = "window"
    version: int = 0

    @property
    def support(self) -> Table:
        """The plain counts behind the pattern, over all agent versions of which some run followed it."""
        return tally(self.evidence)

    @property
    def held_out(self) -> Effect | None:
        """The effect on runs that it was not drawn from, as the replay gate saw it last; ``None`` before it has."""
        seen = next((each.numbers for each in self.verdicts if each.gate == "replay" and "size" in each.numbers), None)
        return None if seen is None else Effect(seen["size"], seen["low"], seen["high"], seen["p"], seen.get("q"))

    @property
    def told(self) -> Effect | None:
        """The effect that people are told: what held-out runs say, and before they were asked what the evidence says.

        The runs that drew a pattern flatter it.
        """
        return self.held_out or self.effect

    @property
    def usage(self) -> Counters:
        """The counters of all agent versions together."""
        return sum(self.counters.values(), start=Counters())

    def ruled(self, verdict: Verdict) -> "Pattern":
        """Return the pattern with this verdict as the gate's last word."""
        by_gate = {earlier.gate: earlier for earlier in self.verdicts} | {verdict.gate: verdict}
        return replace(self, verdicts=tuple(by_gate.values()))

    def to_document(self) -> dict[str, Any]:
        """Return the pattern as a plain document that JSON can carry."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "guideline": self.guideline,
            "signature": list(self.signature),
            "guard": self.guard and self.guard.to_document(),
            "avoid": self.avoid,
            "scope": {"groups": list(self.scope.groups), "agents": list(self.scope.agents)},
            "evidence": [item.to_document() for item in self.evidence],
            "effect": self.effect and self.effect.to_document(),
            "machine": self.machine and self.machine.to_document(),
            "created_at": self.created_at,
            "state": self.state,
            "counters": {version: counts.to_document() for version, counts in self.counters.items()},
            "parents": list(self.parents),
            "verdicts": [verdict.to_document() for verdict in self.verdicts],
            "looks": self.looks,
            "withdrawals": [each.to_document() for each in self.withdrawals],
            "drawn_from": self.drawn_from,
            "version": self.version,
        }

    @staticmethod
    def from_document(document: object) -> "Pattern":
        """Read a pattern from a plain document.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Pattern", document)
        scope = fields.mapping("scope", as_texts)
        return Pattern(
            id=fields.text("id"),
            kind=cast(Kind, fields.choice("kind", "skill", "subagent", "sign")),
            name=fields.text("name"),
            guideline=fields.text("guideline"),
            signature=fields.each("signature", as_text),
            guard=fields.optional("guard", Guard.from_document),
            avoid=fields.flag("avoid"),
            scope=Scope(scope.get("groups", ()), scope.get("agents", ())),
            evidence=fields.each("evidence", Evidence.from_document),
            effect=fields.optional("effect", Effect.from_document),
            machine=fields.optional("machine", Machine.from_document),
            created_at=fields.number("created_at"),
            state=cast(State, fields.choice("state", "candidate", "active", "retired")),
            counters=fields.mapping("counters", Counters.from_document),
            parents=fields.each("parents", as_text),
            verdicts=fields.each("verdicts", Verdict.from_document),
            looks=fields.integer("looks"),
            withdrawals=fields.optional("withdrawals", _withdrawals) or (),
            drawn_from=cast(Origin, fields.optional("drawn_from", _origin) or "window"),
            version=fields.integer("version"),
        )


def _origin(value: object) -> str:
    return Fields("Pattern", {"drawn_from": value}).choice("drawn_from", *ORIGINS)


def _withdrawals(value: object) -> tuple[Withdrawal, ...]:
    return Fields("Pattern", {"withdrawals": value}).each("withdrawals", Withdrawal.from_document)


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other})) if one and other else ()


def pattern_id(kind: Kind, signature: Sequence[str], guard: Guard | None, *, avoid: bool) -> str:
    """Return the content hash of what a pattern says: 16 hexadecimal digits, the same on every machine."""
    said = [kind, list(signature), None if guard is None else [guard.symbol, guard.reach], avoid]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:16]
