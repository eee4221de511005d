"""A source's columns changed: ask a person about the proposed mapping, then run what was held."""

from collections.abc import Sequence
from typing import Any

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.proposal_words import as_table, in_a_sentence
from kintsugi.contracts.schema import schema_of
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks.playbook import PlannedAction
from kintsugi.healing.recount import Recount, recount_partitions
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair


class SchemaDriftPlaybook:
    """Never coerce: what the columns mean now is decided once, by a person or by the source's own rule."""

    kind = "schema-drift"

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Return the proposed mapping with its scores; none where it was decided, or the columns are back."""
        known = schema_of(platform, anomaly.target)
        proposal = known.proposal if known else None
        if proposal is None:
            return {"cause": "the columns are agreed on by now", "numbers": anomaly.numbers}
        return {
            "cause": f"the columns changed: {in_a_sentence(proposal)}",
            "numbers": anomaly.numbers,
            "fingerprint": proposal.fingerprint,
            "mapping": proposal.mapping,
            "table": as_table(proposal),
        }

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the decision, where one is left, and the replay."""
        arguments = {"source": incident.target}
        replay = PlannedAction("replay-held", arguments | {"kind": SchemaDrift.__name__})
        if "fingerprint" not in incident.diagnosis:
            return (replay,)
        decided = {name: incident.diagnosis[name] for name in ("fingerprint", "mapping")}
        return (PlannedAction("accept-schema", arguments | decided), replay)

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Read the record of each partition that was replayed, and whether a decision is still due."""
        known = schema_of(platform, incident.target)
        if known is not None and known.proposal is not None:
            return Recount(False, reason="the columns have changed again since")
        return recount_partitions(platform, incident.target, lines, "replay-held")
