"""A healing episode as a trajectory: what was done about an incident, step by step, and how it ended."""

from collections.abc import Sequence
from dataclasses import replace

from autorefine.readers.episodes import NAMES, episode
from autorefine.trajectory import Trajectory
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.records import Incident, Repair

__all__ = ["NAMES", "episode_id", "episode_of"]


def episode_id(incident: Incident) -> str:
    """Return the id of the trajectory of what this attempt brought to an end."""
    return digest("trajectory", "healing", incident.id, str(incident.attempt))


def episode_of(incident: Incident, lines: Sequence[Repair]) -> Trajectory | None:
    """Return what was done since it was opened, or ``None`` when that is not finished or nothing was done.

    Success is that detector and recount agreed. What passed by itself teaches nothing about repairs.

    Args:
        incident: the incident, with its history.
        lines: its ledger lines, of any round.
    """
    found = episode(incident.to_document(), [line.to_document() for line in lines], agent_version=__version__)
    return None if found is None else replace(found, id=episode_id(incident))
