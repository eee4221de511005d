"""`Playbook`: how one kind of incident is understood, repaired and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.recount import Recount
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair


@dataclass(frozen=True)
class PlannedAction:
    """An action of the registry and what it is called with."""

    action: str
    arguments: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"action": self.action, "arguments": self.arguments}


class Playbook(Protocol):
    """One kind of incident.

    Implementers guarantee: `diagnose`, `plan` and `recount` only read, and may run any number of times.

    Attributes:
        kind: name of the detector whose incidents it is for.
    """

    kind: str

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Return the facts that the plan is made from, as JSON types; ``cause`` is a sentence for a person."""
        ...

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the actions in order. Pure: decided from the incident's diagnosis alone."""
        ...

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Check what the ledger lines say was repaired, on another path than the detector's."""
        ...
