"""The steps before anything is touched: claim, diagnose, plan, approve."""

from kintsugi.errors import TerminalError
from kintsugi.healing.actions import action_named
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.budget import BlastRadius, look, spend
from kintsugi.healing.context import context_of
from kintsugi.healing.detectors import detector_named
from kintsugi.healing.hold import take
from kintsugi.healing.incidents import get_incident
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks import PLAYBOOKS, playbook_for
from kintsugi.healing.transitions import round_of
from kintsugi.platform import Platform
from kintsugi.records import Incident, RunRef


def claim(platform: Platform, incident_id: str, run: RunRef) -> Incident:
    """Take the incident for this run, with a new fencing epoch.

    Raises:
        ConflictError: another run holds it.
        TerminalError: there is no such incident.
    """
    return take(platform, incident_id, run).incident()


def diagnose(platform: Platform, incident_id: str, run: RunRef, orchestrator: Orchestrator) -> Incident:
    """Look again, with the detector that raised it and without its grace: open → diagnosed, resolved or escalated.

    Nothing wrong any more closes the incident as *passed by itself*, and nothing is done. A kind that has no playbook
    is a person's from the start.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state != "open":
        return incident
    anomaly = seen_now(platform, incident)
    if anomaly is None:
        return hold.move("resolved", "passed by itself", outcome="passed by itself")
    if incident.kind not in PLAYBOOKS:
        facts = {"cause": anomaly.summary, "healable": False} | context_of(platform, incident)
        return hold.move("escalated", "no playbook: a person decides", diagnosis=facts, outcome=anomaly.summary)
    playbook = playbook_for(incident.kind)
    diagnosis = playbook.diagnose(platform, anomaly, orchestrator) | context_of(platform, incident)
    return hold.move(
        "diagnosed", str(diagnosis["cause"]), diagnosis=diagnosis, summary=anomaly.summary, evidence=anomaly.evidence
    )


def plan(platform: Platform, incident_id: str, run: RunRef) -> Incident:
    """Choose actions, measure what they touch, ask the budget: diagnosed → planned, awaiting approval or escalated.

    Nobody holds an incident while it waits for a person.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state == "diagnosed":
        planned = []
        for each in playbook_for(incident.kind).plan(incident):
            radius = action_named(each.action).blast_radius(platform, each.arguments)
            planned.append(each.to_dict() | {"items": radius.items, "share": radius.share, "targets": radius.targets})
        incident = hold.move("planned", " → ".join(str(each["action"]) for each in planned), plan=tuple(planned))
    if incident.state == "planned":
        verdict = look(platform.records, platform.settings.healing, radius_of(incident), key=budget_key(incident))
        if verdict.answer == "open":
            return hold.move("escalated", str(verdict), outcome=str(verdict))
        if verdict.answer == "over":
            incident = hold.move("awaiting approval", str(verdict))
    if incident.state == "awaiting approval":
        hold.let_go()
    return incident


def needs_approval(platform: Platform, incident_id: str) -> bool:
    """Return whether a person has to decide before the repair may begin; the last line of history says why."""
    return get_incident(platform.records, incident_id).state == "awaiting approval"


def approve(platform: Platform, incident_id: str, run: RunRef, by: str) -> Incident:
    """Begin the repair in this person's name: awaiting approval → repairing; escalated when the breaker is open.

    The approval covers what the plan says, and not more.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state != "awaiting approval":
        return incident
    radius = radius_of(incident)
    verdict = spend(
        platform.records, platform.settings.healing, radius, key=budget_key(incident), approved=radius.items
    )
    if verdict.answer == "open":
        return hold.move("escalated", str(verdict), outcome=str(verdict))
    approval = {"by": by, "items": radius.items, "at": platform.records.now()}
    return hold.move("repairing", f"approved by {by}", approval=approval)


def deny(platform: Platform, incident_id: str, run: RunRef, by: str, reason: str = "") -> Incident:
    """Leave everything as it is: awaiting approval → escalated. An approval that nobody gave in time is a denial."""
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state != "awaiting approval":
        return incident
    outcome = f"denied by {by}" + (f": {reason}" if reason else "")
    return hold.move("escalated", outcome, outcome=outcome)


def seen_now(platform: Platform, incident: Incident) -> Anomaly | None:
    """Return what the incident's detector reports of its target at this moment."""
    anomalies = detector_named(platform, incident.kind, grace=0.0).detect()
    return next((anomaly for anomaly in anomalies if anomaly.target == incident.target), None)


def radius_of(incident: Incident) -> BlastRadius:
    """Return the blast radius of the whole plan.

    Raises:
        TerminalError: there is no plan yet.
    """
    radii = [BlastRadius(each["items"], each["share"], tuple(each["targets"])) for each in incident.plan]
    if not radii:
        raise TerminalError(f"incident {incident.id}: has no plan", expected="a planned incident", got=incident.state)
    return sum(radii[1:], start=radii[0])


def budget_key(incident: Incident) -> str:
    """Return the name under which this round of the incident pays."""
    return f"{incident.id}/{round_of(incident)}"
