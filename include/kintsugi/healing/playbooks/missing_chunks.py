"""Chunks are missing from the index: restore them from the truth."""

from collections.abc import Sequence
from typing import Any

from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.healing.playbooks.playbook import PlannedAction
from kintsugi.healing.recount import Recount, recount_entries
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Incident, Repair


class MissingChunksPlaybook:
    """Upsert the missing entries; never rebuild, never read a source again."""

    kind = "missing-chunks"

    def diagnose(self, platform: Platform, anomaly: Anomaly, orchestrator: Orchestrator) -> dict[str, Any]:
        """Say how much is missing and of how many documents, counted from the evidence."""
        chunks = platform.records.get_many(Chunk, anomaly.evidence).values()
        documents = sorted({chunk.document for chunk in chunks})
        whole = "whole documents" if len(documents) < len(anomaly.evidence) else "single chunks"
        return {
            "cause": f"{whole} left the index without a tombstone in the truth: deleted there, or lost in a write",
            "numbers": anomaly.numbers,
            "documents": documents,
            "sources": sorted({chunk.source for chunk in chunks}),
        }

    def plan(self, incident: Incident) -> tuple[PlannedAction, ...]:
        """Return the one action."""
        return (PlannedAction("upsert-from-truth", {"generation": incident.target}),)

    def recount(
        self, platform: Platform, incident: Incident, lines: Sequence[Repair], orchestrator: Orchestrator
    ) -> Recount:
        """Compare restored entries, their documents and the totals with the truth, past the bucket descent."""
        generation = serving(platform.records)
        if generation is None or generation.id != incident.target:
            return Recount(True, reason=f"generation {incident.target} is no longer served")
        return recount_entries(platform, generation, [item for line in lines for item in line.items])
