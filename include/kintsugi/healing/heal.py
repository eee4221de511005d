"""Healing an incident: the steps in order. Airflow runs each as a task; `heal` runs them all in this process.

Every step reads the incident, does its part if it is its turn and writes the next state under a lease: killed anywhere,
the next attempt goes on where it stopped and comes to the same end.
"""

import random
import time
from collections.abc import Callable

from kintsugi.errors import KintsugiError
from kintsugi.healing.hold import let_go
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.planning import approve, claim, deny, diagnose, needs_approval, plan
from kintsugi.healing.repairing import close, repair, undo, verify
from kintsugi.platform import Platform
from kintsugi.records import Incident, RunRef

__all__ = [
    "approve",
    "claim",
    "close",
    "deny",
    "diagnose",
    "heal",
    "needs_approval",
    "plan",
    "repair",
    "undo",
    "verify",
]


def heal(
    platform: Platform,
    incident_id: str,
    run: RunRef,
    orchestrator: Orchestrator,
    *,
    rng: random.Random | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Incident:
    """Do all steps in this process; return the incident as it ends: resolved, escalated or awaiting approval.

    Raises:
        ConflictError: another run holds the incident.
        TransientError: a store could not be used now; the next call goes on.
        TerminalError: there is no such incident, or no playbook for its kind.
    """
    rng = rng or random.Random()
    try:
        claim(platform, incident_id, run)
        diagnose(platform, incident_id, run, orchestrator)
        incident = plan(platform, incident_id, run)
        if incident.state == "awaiting approval":
            return incident
        while wait := repair(platform, incident_id, run, orchestrator, rng):
            sleep(wait.seconds)
        verify(platform, incident_id, run, orchestrator)
        undo(platform, incident_id, run, orchestrator, rng)
        return close(platform, incident_id, run)
    except KintsugiError:
        let_go(platform, incident_id, run)
        raise
