"""Healing episodes: what was done about an incident, step by step, and how it ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from autorefine.readers.lines import NOT_SO, BadLine, OnBadLine, documents, reason
from autorefine.trajectory import Step, Trajectory

NAMES = {
    "diagnosed": "diagnose",
    "planned": "plan",
    "awaiting approval": "ask a person",
    "resolved": "verify",
    "undone": "undo",
    "escalated": "hand to a person",
}
"""The step that leads to each state; ``repairing`` and ``verifying`` are told by the ledger instead."""

_FINISHED = ("resolved", "escalated")

Document = Mapping[str, Any]


def read_episodes(lines: Iterable[str], on_bad_line: OnBadLine, *, agent_version: str = "") -> Iterator[Trajectory]:
    """Read healing episodes, one a line: ``{"incident": {…}, "repairs": [{…}, …]}``; see `episode` for the keys.

    What has not ended, or passed by itself, is no episode and is passed over. A line that cannot be read is given to
    ``on_bad_line`` and skipped.
    """
    for number, document in documents(lines, on_bad_line):
        try:
            if not isinstance(document, Mapping):
                raise ValueError("expected an incident with its repairs")
            found = episode(document["incident"], document.get("repairs") or (), agent_version=agent_version)
        except NOT_SO as refused:
            on_bad_line(BadLine(number, reason(refused)))
        else:
            if found is not None:
                yield found


def episode(incident: Document, repairs: Sequence[Document], *, agent_version: str = "") -> Trajectory | None:
    """Return what was done since the incident was opened, or ``None`` when that is not finished or nothing was done.

    Success is that detector and recount agreed. What passed by itself teaches nothing about repairs.

    Args:
        incident: keys ``id``, ``kind``, ``target``, ``state``, ``attempt``, ``plan``, ``opened_at``, ``verification``
            and ``history``, whose entries have ``state``, ``at`` (seconds since the epoch) and ``note``.
        repairs: its ledger lines, of any round: ``id`` (``incident/round/…``), ``action``, ``state``, ``items``,
            ``detail``, ``started_at`` and ``ended_at``.
        agent_version: version of the healer.
    """
    if incident["state"] not in _FINISHED or not incident["plan"]:
        return None
    openings = [n for n, entry in enumerate(incident["history"]) if entry["state"] == "open"]
    prefix = f"{incident['id']}/{max(1, len(openings))}/"
    mine = sorted((line for line in repairs if line["id"].startswith(prefix)), key=lambda line: str(line["id"]))
    steps: list[Step] = []
    for before, entry in pairwise(incident["history"][openings[-1] if openings else 0 :]):
        if entry["state"] == "repairing":
            steps += _actions(incident, mine)
        elif entry["state"] in NAMES:
            steps.append(_step(incident, entry, float(entry["at"]) - float(before["at"])))
    return Trajectory(
        id=f"{incident['id']}/{incident.get('attempt', 1)}",
        task=f"heal {incident['kind']}",
        group=f"{incident['kind']}/{incident['target']}",
        agent="healer",
        agent_version=agent_version,
        steps=tuple(steps),
        success=incident["state"] == "resolved",
        outcome_source="detector and independent recount",
        started_at=incident.get("opened_at"),
    )


def _step(incident: Document, entry: Document, seconds: float) -> Step:
    failed = entry["state"] == "undone"
    return Step(
        action=NAMES[entry["state"]],
        observation=str(entry.get("note", "")),
        error=(_reason(incident) or "not verified") if failed else None,
        seconds=round(seconds, 3),
    )


def _actions(incident: Document, lines: Sequence[Document]) -> Iterator[Step]:
    """Yield one step for each action: its batches are one."""
    for action, batches in groupby(lines, key=lambda line: str(line["action"])):
        group = list(batches)
        last, started = group[-1], float(group[0]["started_at"])
        ended = max(float(line.get("ended_at") or line["started_at"]) for line in group)
        failed = last["state"] in ("started", "failed")
        yield Step(
            action=action,
            arguments={"target": str(incident["target"])},
            observation=str(last.get("detail") or ""),
            error=(_reason(incident) or "did not end") if failed else None,
            cost=float(sum(len(line.get("items") or ()) for line in group)),
            seconds=round(ended - started, 3),
        )


def _reason(incident: Document) -> str:
    return str((incident.get("verification") or {}).get("reason", ""))
