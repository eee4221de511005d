"""Agree on a source's present columns, as they were proposed."""

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.proposal_words import in_a_sentence
from kintsugi.contracts.schema import accept, restore, schema_of
from kintsugi.healing.actions.action import Arguments, Done, Wait, Work
from kintsugi.healing.actions.partition_runs import is_run_of
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.held import held_by
from kintsugi.healing.transitions import round_of
from kintsugi.platform import Platform
from kintsugi.records import Repair, SchemaProposal, SourceSchema


class AcceptSchema:
    """Makes a proposed mapping the agreed one; what comes in from then on is read by it.

    Arguments: ``source``, ``fingerprint`` of the columns that were decided about, and ``mapping`` from present to
    agreed names. All that the source brings is read otherwise afterwards, so its share is 1: a person has to approve.
    """

    name = "accept-schema"

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Return the columns that change, and the whole of the source; nothing once it is agreed on."""
        proposal = _pending(platform, arguments)
        share = 1.0 if proposal else 0.0
        return BlastRadius(proposal.changes if proposal else 0, share, (str(arguments["source"]),))

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Say what would be agreed on."""
        proposal = _pending(platform, arguments)
        what = in_a_sentence(proposal) if proposal else "nothing: no such change waits for a decision"
        return f"would agree on these columns of source {arguments['source']}: {what}"

    def run(self, work: Work) -> Done | Wait:
        """Agree, once.

        Raises:
            TerminalError: the columns changed again since they were decided about, or the mapping does not fit.
        """
        source = str(work.arguments["source"])
        line = next(iter(work.ledger.lines()), None)
        if line is not None and line.state == "done":
            return Done(line.detail)
        known = schema_of(work.platform, source)
        if known is None or known.proposal is None:
            detail = f"the columns of source {source} are agreed on"
            if line is not None:
                work.ledger.finish(line, detail)
            return Done(detail)
        if line is None:
            before = {"source": source, "before": known.to_document()}
            line = work.ledger.begin(_names(_pending(work.platform, work.arguments)), before)
        by = str(work.incident.approval.get("by") or "healing")
        mapping, seen = dict(work.arguments["mapping"]), str(work.arguments["fingerprint"])
        accept(work.platform, source, mapping, by, line.run, fingerprint=seen)
        detail = f"{by} agreed on the columns of source {source}: {in_a_sentence(known.proposal)}"
        work.ledger.finish(line, detail[:1000])
        return Done(detail)

    def undo(self, work: Work, line: Repair) -> str:
        """Put back what was agreed on before, where a replay met yet other columns.

        A replay that failed for anything else says nothing against the decision, and neither does one of somebody who
        has agreed on something else since.
        """
        before = SourceSchema.from_document(line.arguments["before"])
        known = schema_of(work.platform, before.id)
        later = known is not None and line.ended_at is not None and known.accepted_at > line.ended_at
        if known is None or later or (known.columns, known.mapping) == (before.columns, before.mapping):
            return ""
        if not _met_others(work, before.id):
            return ""
        restore(work.platform.records, before, line.run)
        return f"the former columns of source {before.id} are the agreed ones again"


def _pending(platform: Platform, arguments: Arguments) -> SchemaProposal | None:
    known = schema_of(platform, str(arguments["source"]))
    proposal = known.proposal if known else None
    return proposal if proposal and proposal.fingerprint == arguments["fingerprint"] else None


def _met_others(work: Work, source: str) -> bool:
    held = [each.run.run_id for each in held_by(work.platform, SchemaDrift) if each.source == source]
    return any(is_run_of(work.incident.id, round_of(work.incident), run) for run in held)


def _names(proposal: SchemaProposal | None) -> list[str]:
    if proposal is None:
        return []
    renamed = [f"{each.agreed} → {each.present}" for each in proposal.pairs]
    return [*renamed, *proposal.added, *proposal.removed, *(each.column for each in proposal.retyped)]
