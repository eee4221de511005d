"""Incidents, the repair ledger and the budgets that repairs spend."""

from typing import Any, ClassVar, Literal

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef

IncidentState = Literal[
    "open",
    "diagnosed",
    "planned",
    "awaiting approval",
    "repairing",
    "verifying",
    "resolved",
    "undone",
    "escalated",
]
CLOSED: tuple[IncidentState, ...] = ("resolved", "undone", "escalated")


class Incident(Record):
    """One thing that is wrong. ``id`` is a hash of (anomaly kind, target) and the count of earlier incidents of it.

    Attributes:
        kind: name of the detector, e.g. ``missing-chunks``.
        target: what is wrong, e.g. a generation or a source.
        attempt: which heal run this is; with the id it makes the run id, so that starting twice is starting once.
        notified_attempt: the last attempt whose heal run was started.
        epoch: fencing epoch of the lease that last wrote it.
    """

    collection: ClassVar[str] = "incidents"
    indexed: ClassVar[tuple[str, ...]] = ("kind", "target", "state", "opened_at")

    kind: str
    target: str
    state: IncidentState = "open"
    severity: Literal["notice", "degraded", "outage"] = "degraded"
    summary: str = ""
    evidence: tuple[str, ...] = ()
    diagnosis: dict[str, Any] = {}
    plan: tuple[dict[str, Any], ...] = ()
    outcome: str = ""
    attempt: int = 1
    notified_attempt: int = 0
    epoch: int = 0
    opened_at: float
    changed_at: float
    closed_at: float | None = None
    history: tuple[dict[str, Any], ...] = ()


class Repair(Record):
    """One line of the repair ledger: an action, what it touched, how to undo it. ``id`` is incident/attempt/step."""

    collection: ClassVar[str] = "repairs"
    indexed: ClassVar[tuple[str, ...]] = ("incident", "target", "started_at")

    incident: str
    action: str
    target: str
    arguments: dict[str, Any] = {}
    items: tuple[str, ...] = ()
    state: Literal["started", "done", "failed", "undone"]
    detail: str = ""
    epoch: int
    run: RunRef
    started_at: float
    ended_at: float | None = None


class Budget(Record):
    """What repairs of one target have spent in one window. ``id`` is ``target@window start``."""

    collection: ClassVar[str] = "budgets"

    target: str
    window_start: float
    repairs: int = 0
    items: int = 0
