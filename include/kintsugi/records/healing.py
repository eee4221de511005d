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
        approval: who approved how much, where a person had to.
        verification: what the last verification (or a failed repair) found; ``verified`` says how it ended.
        last_seen_at: store time at which the detector last reported it.
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
    approval: dict[str, Any] = {}
    verification: dict[str, Any] = {}
    last_seen_at: float = 0.0
    history: tuple[dict[str, Any], ...] = ()


class Repair(Record):
    """One line of the repair ledger: an action and what it touched, written before it is touched.

    ``id`` is incident/round/step/batch.
    """

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
    """What repairs of one target have spent in one window. ``id`` is ``target@window start``.

    ``spent_by`` says which repair (incident/round) spent how many items, so that a repair which resumes pays once.
    """

    collection: ClassVar[str] = "budgets"
    expires: ClassVar[tuple[str, float] | None] = ("window_start", 30 * 86_400.0)

    target: str
    window_start: float
    repairs: int = 0
    items: int = 0
    spent_by: dict[str, int] = {}


class Reconciliation(Record):
    """How the last reconcile of a generation ended. ``id`` is the generation; the next one takes its place.

    Attributes:
        found: entries that looked wrong at first, by kind.
        repaired: entries that were made right.
        left: entries that were wrong at the end; 0 where records and index were equal.
    """

    collection: ClassVar[str] = "reconciliations"
    expires: ClassVar[tuple[str, float] | None] = ("at", 180 * 86_400.0)

    at: float
    found: dict[str, int]
    repaired: int
    left: int
    run: RunRef


class Suspect(Record):
    """Something that looked wrong once; it counts when it still does a grace period later. ``id`` is target/item."""

    collection: ClassVar[str] = "suspects"
    indexed: ClassVar[tuple[str, ...]] = ("target",)
    expires: ClassVar[tuple[str, float] | None] = ("first_seen", 7 * 86_400.0)

    target: str
    item: str
    first_seen: float
