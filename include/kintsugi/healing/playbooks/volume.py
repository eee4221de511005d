"""A partition has far less or far more than usual: list it once more and compare."""

from collections.abc import Sequence
from typing import Any

from kintsugi.contracts.drift import VolumeDrift
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks.playbook import PlannedAction
from kintsugi.healing.recount import Recount, recount_partitions
from kintsugi.platform import Platform
from kintsugi.records import Incident, Partition, Repair


class VolumePlaybook:
    """A listing that ended early seldom does so twice. The same amount again is a person's to judge."""

    kind = "volume"

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Return what came, and which partition it is; one more listing is all that healing does about it."""
        partition = platform.records.get(Partition, anomaly.target)
        return {
            "cause": partition.error[:500] if partition else anomaly.summary,
            "healable": False,
            "numbers": anomaly.numbers,
            "source": partition.source if partition else "",
            "key": partition.key if partition else "",
        }

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the one action."""
        facts = incident.diagnosis
        arguments = {"source": facts["source"], "kind": VolumeDrift.__name__, "keys": [facts["key"]]}
        return (PlannedAction("replay-held", arguments),)

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Read the partition's record."""
        return recount_partitions(platform, str(incident.diagnosis["source"]), lines, "replay-held")
