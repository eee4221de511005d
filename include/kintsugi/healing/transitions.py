"""The states of an incident and the moves between them; pure, no store in sight."""

from collections.abc import Mapping
from typing import Any

from kintsugi.errors import TerminalError
from kintsugi.records import CLOSED, Incident, RunRef
from kintsugi.records.healing import IncidentState

MOVES: Mapping[IncidentState, frozenset[IncidentState]] = {
    "open": frozenset({"diagnosed", "resolved", "escalated"}),
    "diagnosed": frozenset({"planned", "escalated"}),
    "planned": frozenset({"awaiting approval", "repairing", "escalated"}),
    "awaiting approval": frozenset({"repairing", "escalated"}),
    "repairing": frozenset({"verifying", "undone", "escalated"}),
    "verifying": frozenset({"resolved", "undone", "escalated"}),
    "undone": frozenset({"escalated"}),
    "escalated": frozenset({"open"}),
    "resolved": frozenset(),
}
"""Which state may follow which. ``escalated → open`` is a person's doing; everything else is the healer's."""

FINISHED: frozenset[IncidentState] = frozenset({"resolved", "escalated"})
"""States in which no healer has anything left to do; ``undone`` still has to be handed to a person."""


def moved(incident: Incident, to: IncidentState, *, at: float, run: RunRef, note: str = "", **changes: Any) -> Incident:
    """Return the incident in its next state, with a line of history.

    Args:
        at: store time of the move, seconds since the epoch.
        run: who moves it.
        note: one sentence on why.
        changes: further fields that change with the state.

    Raises:
        TerminalError: the state may not follow the present one.
    """
    if to not in MOVES[incident.state]:
        raise TerminalError(
            f"incident {incident.id}: can't go from {incident.state!r} to {to!r}",
            expected=f"one of {sorted(MOVES[incident.state])}",
            next_step="nothing was changed; `kintsugi incidents` shows where it stands",
        )
    line = {"state": to, "at": at, "run": str(run), "attempt": incident.attempt, "note": note}
    return incident.but(
        state=to,
        changed_at=at,
        closed_at=at if to in CLOSED else None,
        history=(*incident.history, line),
        **changes,
    )
