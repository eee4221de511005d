"""A source was away: wait for it, then fill the gap."""

from collections.abc import Sequence
from typing import Any

from kintsugi.errors import SourceUnavailable
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks.playbook import PlannedAction
from kintsugi.healing.recount import Recount, recount_partitions
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair


class SourceOutagePlaybook:
    """Wait with growing pauses, probe, and only then backfill exactly the missing partitions."""

    kind = "source-outage"

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Ask the source once, and name the gap."""
        answer = why_silent(orchestrator, anomaly.target)
        return {
            "cause": f"the source is still away: {answer}" if answer else "the source was away and answers again",
            "answers": not answer,
            "numbers": anomaly.numbers,
            "gap": list(anomaly.evidence),
        }

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the two actions; waiting costs nothing when the source answers."""
        arguments = {"source": incident.target}
        return (PlannedAction("wait-for-source", arguments), PlannedAction("backfill-gap", arguments))

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Read each backfilled partition's record and ask the source once more."""
        found = recount_partitions(platform, incident.target, lines, "backfill-gap")
        silent = why_silent(orchestrator, incident.target)
        numbers = found.numbers | {"answers": float(not silent)}
        return Recount(found.holds and not silent, numbers, found.reason or silent)


def why_silent(orchestrator: Orchestrator, source: str) -> str:
    """Return what the source says instead of answering; "" when it answers."""
    try:
        orchestrator.check_source(source)
    except SourceUnavailable as error:
        return str(error)[:500]
    return ""
