"""What healing would do, without doing it."""

from dataclasses import dataclass

from kintsugi.healing.actions import action_named
from kintsugi.healing.budget import Verdict, look
from kintsugi.healing.planning import budget_key, seen_now
from kintsugi.healing.playbooks import playbook_for
from kintsugi.platform import Platform
from kintsugi.records import Incident


@dataclass(frozen=True)
class Rehearsal:
    """The plan for an incident as it would be made now: each action in a sentence, and what the budget says."""

    incident: Incident
    would: tuple[str, ...]
    verdict: Verdict


def rehearse(platform: Platform, incident: Incident) -> Rehearsal:
    """Return what `heal` would do with the incident now; nothing is written, no source is asked.

    Raises:
        TerminalError: there is no playbook for its kind.
    """
    if seen_now(platform, incident) is None:
        return Rehearsal(incident, ("nothing: it has passed by itself",), Verdict("within"))
    planned = playbook_for(incident.kind).plan(incident)
    would = tuple(action_named(each.action).dry_run(platform, each.arguments) for each in planned)
    radii = [action_named(each.action).blast_radius(platform, each.arguments) for each in planned]
    radius = sum(radii[1:], start=radii[0])
    verdict = look(platform.records, platform.settings.healing, radius, key=budget_key(incident))
    return Rehearsal(incident, would, verdict)
