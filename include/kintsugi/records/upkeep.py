"""Proposals to keep the documents true, and what was hidden because of them."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef

ProposalKind = Literal["stale", "duplicate", "unanswered"]
ProposalState = Literal["proposed", "admitted", "applying", "applied", "refused", "reverted"]


class Target(BaseModel):
    """A document in the version that a proposal was made for."""

    model_config = ConfigDict(frozen=True)

    document: str
    document_version: str
    name: str


class Proposal(Record):
    """A change of what the documents say, for a person to agree to. ``id`` is a hash of the kind, the documents in
    their versions, and what shows it.

    Attributes:
        kind: *stale* and *duplicate* hide their targets; *unanswered* writes a draft.
        targets: what is hidden; empty for a draft.
        successor: the document that answers in their place; ``None`` where there is none.
        diff: the change as a unified diff.
        reason: why, in a sentence.
        evidence: what shows it, each a plain document with ``what`` and the ids that it speaks of.
        verdicts: what the gates said, in autorefine's document form.
        history: each state with its time and who brought it about.
    """

    collection: ClassVar[str] = "upkeep_proposals"
    indexed: ClassVar[tuple[str, ...]] = ("kind", "state", "made_at")

    kind: ProposalKind
    state: ProposalState = "proposed"
    title: str
    targets: tuple[Target, ...] = ()
    successor: Target | None = None
    diff: str
    reason: str
    evidence: tuple[dict[str, Any], ...] = ()
    verdicts: tuple[dict[str, Any], ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    made_at: float
    run: RunRef


class HiddenDocument(Record):
    """A document that is kept out of the index in one version. ``id`` is the document's.

    Attributes:
        document_version: another version is shown again: the decision was about this one.
        proposal: why.
        chunks: how many chunks it has.
    """

    collection: ClassVar[str] = "upkeep_hidden"

    document_version: str
    proposal: str
    chunks: int
    at: float


class TextSketch(Record):
    """MinHash values of a document's text, so that near-equal documents are found. ``id`` is the document's."""

    collection: ClassVar[str] = "upkeep_sketches"

    document_version: str
    values: bytes
