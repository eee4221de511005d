"""A healing episode as a trajectory: what was done about an incident, step by step, and how it ended."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from autorefine.trajectory import Step, Trajectory
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.healing.transitions import FINISHED, round_of, since_opened
from kintsugi.records import Incident, Repair

NAMES = {
    "diagnosed": "diagnose",
    "planned": "plan",
    "awaiting approval": "ask a person",
    "resolved": "verify",
    "undone": "undo",
    "escalated": "hand to a person",
}
"""The step that leads to each state; ``repairing`` and ``verifying`` are told by the ledger instead."""


def episode_id(incident: Incident) -> str:
    """Return the id of the trajectory of what this attempt brought to an end."""
    return digest("trajectory", "healing", incident.id, str(incident.attempt))


def episode_of(incident: Incident, lines: Sequence[Repair]) -> Trajectory | None:
    """Return what was done since it was opened, or ``None`` when that is not finished or nothing was done.

    Success is that detector and recount agreed. What passed by itself teaches nothing about repairs.

    Args:
        lines: the ledger lines of the incident, of any round.
    """
    if incident.state not in FINISHED or not incident.plan:
        return None
    history = since_opened(incident)
    mine = sorted(
        (line for line in lines if line.id.startswith(f"{incident.id}/{round_of(incident)}/")), key=lambda line: line.id
    )
    timed: list[tuple[float, Step]] = []
    for before, entry in pairwise(history):
        if entry["state"] == "repairing":
            timed += _actions(incident, mine)
        elif entry["state"] in NAMES:
            timed.append((float(entry["at"]), _step(incident, entry, float(entry["at"]) - float(before["at"]))))
    return Trajectory(
        id=episode_id(incident),
        task=f"heal {incident.kind}",
        group=f"{incident.kind}/{incident.target}",
        agent="healer",
        agent_version=__version__,
        steps=tuple(step for _, step in timed),
        success=incident.state == "resolved",
        outcome_source="detector and independent recount",
        started_at=incident.opened_at,
    )


def _step(incident: Incident, entry: dict[str, object], seconds: float) -> Step:
    note = str(entry.get("note", ""))
    failed = entry["state"] == "undone"
    reason = str(incident.verification.get("reason", "")) if failed else ""
    return Step(
        action=NAMES[str(entry["state"])],
        observation=note,
        error=(reason or "not verified") if failed else None,
        seconds=round(seconds, 3),
    )


def _actions(incident: Incident, lines: Sequence[Repair]) -> list[tuple[float, Step]]:
    """Return one step for each action: its batches are one."""
    steps = []
    for action, batches in groupby(lines, key=lambda line: line.action):
        group = list(batches)
        last = group[-1]
        ended = max(line.ended_at or line.started_at for line in group)
        items = sum(len(line.items) for line in group)
        failed = last.state in ("started", "failed")
        steps.append(
            (
                group[0].started_at,
                Step(
                    action=action,
                    arguments={"target": incident.target},
                    observation=last.detail,
                    error=str(incident.verification.get("reason", "did not end")) if failed else None,
                    cost=float(items),
                    seconds=round(ended - group[0].started_at, 3),
                ),
            )
        )
    return steps
