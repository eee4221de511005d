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


UNRESOLVED: tuple[IncidentState, ...] = tuple(state for state in MOVES if state != "resolved")
"""States of what is wrong still, or was given to a person."""


def round_of(incident: Incident) -> int:
    """Return how often the incident was opened: once, and once more each time a person reopens it.

    A heal run that goes on where a dead one stopped is another attempt of the same round: it finds the round's ledger
    lines, pays for nothing twice and waits no longer.
    """
    return max(1, len(_openings(incident)))


def since_opened(incident: Incident) -> tuple[dict[str, Any], ...]:
    """Return the history of the present round, its opening first."""
    openings = _openings(incident)
    return incident.history[openings[-1] :] if openings else incident.history


def _openings(incident: Incident) -> list[int]:
    return [n for n, line in enumerate(incident.history) if line["state"] == "open"]


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
