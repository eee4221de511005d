"""Hours or days are late: wait for the source, then load them."""

from collections.abc import Sequence
from typing import Any

from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks.playbook import PlannedAction
from kintsugi.healing.recount import Recount, recount_partitions
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair


class LatePartitionPlaybook:
    """Nothing that is only late is failed: the run of each key waits for its data by itself."""

    kind = "late-partition"

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Name the keys."""
        return {
            "cause": f"no run has taken them in, and later ones have come: {', '.join(anomaly.evidence)}",
            "numbers": anomaly.numbers,
            "keys": list(anomaly.evidence),
        }

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the two actions; waiting costs nothing when the source answers."""
        source = {"source": incident.target}
        keys = {"keys": incident.diagnosis["keys"]}
        return (PlannedAction("wait-for-source", source), PlannedAction("backfill-late", source | keys))

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Read the record of each partition that was backfilled."""
        return recount_partitions(platform, incident.target, lines, "backfill-late")
