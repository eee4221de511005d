"""Keeping one version of a document out of the index, and bringing it back: in the truth, so that every index agrees.

Its chunks become tombstones and its head is published again. A new version of the document is shown as ever: the
intake writes chunks of its own, and the decision was about the old one.
"""

from kintsugi.documents.identity import digest
from kintsugi.errors import ConflictError, DataError
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, RunRef
from kintsugi.records.upkeep import HiddenDocument, Proposal, Target


def hide(platform: Platform, proposal: Proposal, target: Target) -> None:
    """Hide the target in the version that the proposal was made for; twice is once, and a killed one is completed.

    Raises:
        DataError: it has changed since, is gone, or another proposal hides it; nothing was hidden.
        ConflictError: an ingest is writing it right now; trying again later is right.
    """
    records = platform.records
    head = _as_proposed(platform, target)
    _claim(platform, head, proposal, target)
    mark = _mark(head, proposal.id)
    changed = False
    for chunk in records.scan(Chunk, {"document": head.id, "live": True}):
        if chunk.document_version == head.current:
            records.replace(chunk.but(live=False, run=mark))
            changed = True
    if changed or head.chunks:
        records.replace(head.but(chunks=0, changed_at=records.now()))


def show(platform: Platform, proposal: Proposal, target: Target) -> None:
    """Bring back a document that this proposal hid; nothing happens when it has another version by now, or was not.

    Raises:
        ConflictError: an ingest is writing it right now; trying again later is right.
    """
    records = platform.records
    hidden = records.get(HiddenDocument, target.document)
    head = records.get(Document, target.document)
    if hidden is None or hidden.proposal != proposal.id:
        return
    if head is not None and head.deleted_at is None and head.current == hidden.document_version:
        mark = _mark(head, hidden.proposal)
        for chunk in records.scan(Chunk, {"document": head.id, "live": False}):
            if chunk.document_version == head.current and chunk.run == mark:
                records.replace(chunk.but(live=True, run=head.run))
        records.replace(head.but(chunks=head.chunks or hidden.chunks, changed_at=records.now()))
    records.delete(HiddenDocument, [hidden.id])


def _claim(platform: Platform, head: Document, proposal: Proposal, target: Target) -> None:
    """Say that this proposal hides the document: one at a time does, so that taking one back shows it."""
    records = platform.records
    made = HiddenDocument(
        id=head.id, document_version=head.current, proposal=proposal.id, chunks=head.chunks, at=records.now()
    )
    found = records.get(HiddenDocument, head.id)
    if found is None:
        if not records.insert(made):
            raise ConflictError(f"document {target.name}: somebody else is hiding it", next_step="try again later")
    elif found.document_version != head.current or (found.proposal == proposal.id and head.chunks):
        records.replace(made.but(version=found.version))
    elif found.proposal != proposal.id:
        raise DataError(
            f"document {target.name}: not hidden by proposal {proposal.id}",
            got=f"proposal {found.proposal} hides it already",
            next_step="revert one of the two",
        )


def _mark(head: Document, proposal: str) -> RunRef:
    """Return what hidden chunks carry as their run: other dead ones, of an earlier chunker, must not come back."""
    return RunRef(dag="upkeep", run_id=proposal, task=digest(head.pipeline, size=4))


def _as_proposed(platform: Platform, target: Target) -> Document:
    head = platform.records.get(Document, target.document)
    if head is None or head.deleted_at is not None or head.current != target.document_version:
        raise DataError(
            f"document {target.name}: not hidden",
            expected=f"version {target.document_version}",
            got="it is gone" if head is None or head.deleted_at is not None else f"version {head.current}",
            next_step="look at what is proposed for the new version",
        )
    if not head.raw_digest:
        raise ConflictError(f"document {target.name}: an ingest is changing it", next_step="try again later")
    return head
