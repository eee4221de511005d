"""The steps that touch something, and those that prove it: repair, verify, undo, close."""

import random

import structlog

from kintsugi.errors import KintsugiError, SafetyError, StaleEpochError, TransientError
from kintsugi.healing.actions import action_named
from kintsugi.healing.actions.action import Wait, Work
from kintsugi.healing.budget import BlastRadius, spend
from kintsugi.healing.hold import Hold, take
from kintsugi.healing.ledger import Ledger, lines_of, write_line
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.planning import budget_key, radius_of, seen_now
from kintsugi.healing.playbooks import playbook_for
from kintsugi.healing.transitions import since_opened
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair, RunRef


def repair(
    platform: Platform, incident_id: str, run: RunRef, orchestrator: Orchestrator, rng: random.Random
) -> Wait | None:
    """Pay, then run the plan's actions: planned → repairing → verifying.

    Where other repairs have used up the budget since the plan was made, nothing is touched and a person is asked: by
    the incident's next attempt, since this run has passed the place where it could ask.

    Returns:
        ``None`` when there is nothing (more) to do, else how long to wait before calling it again. The waiting is the
        caller's, in a trigger or a sleep; the lease is kept until then.

    Raises:
        TransientError: a store or a source could not be used now; calling it again goes on where it stopped.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state == "planned":
        incident = _begin(hold, incident)
    if incident.state != "repairing" or incident.verification:
        return None
    try:
        for step in range(len(incident.plan)):
            progress = _run_action(hold, incident, step, orchestrator, rng)
            if isinstance(progress, Wait):
                hold.keep(progress.seconds)
                structlog.get_logger().info(
                    "repair_waits", incident=incident_id, seconds=round(progress.seconds, 1), why=progress.why
                )
                return progress
    except (TransientError, StaleEpochError):
        raise
    except KintsugiError as error:
        hold.note(verification={"verified": False, "reason": str(error)[:1000]})
        return None
    hold.move("verifying")
    return None


def verify(platform: Platform, incident_id: str, run: RunRef, orchestrator: Orchestrator) -> Incident:
    """Ask the detector that raised it, without its grace, *and* count independently: verifying → resolved.

    What does not hold is written down and stays in *verifying*, for `undo`.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state != "verifying":
        return incident
    anomaly = seen_now(platform, incident)
    lines = _current_lines(hold, incident)
    recount = playbook_for(incident.kind).recount(platform, incident, lines, orchestrator)
    verified = anomaly is None and recount.holds
    reason = anomaly.summary if anomaly else recount.reason
    verification = {"verified": verified, "reason": reason, "numbers": recount.numbers}
    if not verified:
        return hold.note(verification=verification)
    outcome = "; ".join(line.detail for line in lines if line.detail) or "nothing had to be done"
    return hold.move("resolved", "detector and recount agree", verification=verification, outcome=outcome[:1000])


def undo(platform: Platform, incident_id: str, run: RunRef, orchestrator: Orchestrator, rng: random.Random) -> Incident:
    """Take back a repair that failed or did not hold, newest line first: repairing or verifying → undone.

    The breaker never stops it. A verified repair is not touched.
    """
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state not in ("repairing", "verifying") or incident.verification.get("verified", True):
        return incident
    taken_back = []
    for line in reversed(_current_lines(hold, incident)):
        action = action_named(line.action)
        step = int(line.id.split("/")[2])
        ledger = Ledger(hold, incident, step, line.action, 0)
        hold.keep()
        detail = action.undo(Work(platform, incident, line.arguments, ledger, orchestrator, rng), line)
        if detail:
            write_line(hold, line, state="undone", detail=detail, ended_at=platform.records.now())
            taken_back.append(detail)
    return hold.move("undone", "; ".join(taken_back[:5]) or "there was nothing to take back")


def close(platform: Platform, incident_id: str, run: RunRef) -> Incident:
    """Hand an undone repair to a person (undone → escalated) and let the lease go."""
    hold = take(platform, incident_id, run)
    incident = hold.incident()
    if incident.state == "undone":
        outcome = f"undone, because: {incident.verification.get('reason', 'not verified')}"
        incident = hold.move("escalated", "a person decides", outcome=outcome)
    hold.let_go()
    return incident


def _begin(hold: Hold, incident: Incident) -> Incident:
    settings = hold.platform.settings.healing
    verdict = spend(hold.platform.records, settings, radius_of(incident), key=budget_key(incident))
    if verdict.answer == "open":
        return hold.move("escalated", str(verdict), outcome=str(verdict))
    if verdict.answer == "over":
        incident = hold.move("awaiting approval", str(verdict), attempt=incident.attempt + 1)
        hold.let_go()
        return incident
    return hold.move("repairing", "within budget")


def _run_action(
    hold: Hold, incident: Incident, step: int, orchestrator: Orchestrator, rng: random.Random
) -> Wait | None:
    planned = incident.plan[step]
    action = action_named(planned["action"])
    ledger = Ledger(hold, incident, step, action.name, _allowance(hold, incident, step))
    progress = action.run(Work(hold.platform, incident, planned["arguments"], ledger, orchestrator, rng))
    return progress if isinstance(progress, Wait) else None


def _allowance(hold: Hold, incident: Incident, step: int) -> int:
    """Pay for what the action would touch now and return how many items its lines may name.

    What was planned is paid already; what has grown since is paid here, or stops the repair.
    """
    planned = incident.plan[step]
    now = action_named(planned["action"]).blast_radius(hold.platform, planned["arguments"])
    lines = Ledger(hold, incident, step, planned["action"], 0).lines()
    done = sum(len(line.items) for line in lines if line.state == "done")
    begun = sum(len(line.items) for line in lines if line.state == "started")
    others = sum(each["items"] for n, each in enumerate(incident.plan) if n != step)
    whole = BlastRadius(others + done + now.items, now.share, now.targets)
    approved = int(incident.approval.get("items", 0))
    settings = hold.platform.settings.healing
    since = next((line["at"] for line in since_opened(incident) if line["state"] == "repairing"), None)
    verdict = spend(hold.platform.records, settings, whole, key=budget_key(incident), approved=approved, at=since)
    if verdict.answer != "within":
        raise SafetyError(
            f"incident {incident.id}: {action_named(planned['action']).name} would touch more than was planned",
            expected=f"about {planned['items']} items",
            got=f"{done + now.items}: {verdict}",
            next_step=f"find out why it grows; `kintsugi heal {incident.id}` plans anew",
        )
    return done + begun + now.items


def _current_lines(hold: Hold, incident: Incident) -> list[Repair]:
    return [line for line in lines_of(hold) if line.state != "undone"]
