"""How a proposal is written down."""

from collections.abc import Iterable, Sequence
from difflib import unified_diff
from itertools import islice
from typing import Any

from kintsugi.documents.identity import digest
from kintsugi.records import Document, RunRef
from kintsugi.records.upkeep import Proposal, ProposalKind, Target

MOST_DIFF_LINES = 400
MOST_CHARACTERS_SHOWN = 400
"""Of a line that is removed; with so many lines, a diff stays within what the contract lets pass."""

MOST_EVIDENCE = 20


def target_of(document: Document) -> Target:
    """Return the document as it is now."""
    name = f"{document.source}/{document.external_id}"
    return Target(document=document.id, document_version=document.current, name=name)


def hiding(
    kind: ProposalKind,
    document: Document,
    text: str,
    *,
    successor: Document | None,
    reason: str,
    evidence: Sequence[dict[str, Any]],
    now: float,
    run: RunRef,
) -> Proposal:
    """Return the proposal to keep a document out of the index, as a diff that removes its text.

    The same documents in the same versions, for what the first piece of evidence says, are one proposal of a kind,
    whenever it is made.
    """
    target = target_of(document)
    after = (successor.id, successor.current) if successor else ()
    return Proposal(
        id=digest("proposal", kind, target.document, target.document_version, *after, str(evidence[0]["what"])),
        kind=kind,
        title=document.title,
        targets=(target,),
        successor=target_of(successor) if successor else None,
        diff=_diff(
            [_shown(line) for line in text.splitlines()],
            [],
            f"{target.name} (version {target.document_version[:12]})",
            "/dev/null",
        ),
        reason=reason,
        evidence=tuple(evidence[:MOST_EVIDENCE]),
        made_at=now,
        run=run,
    )


def draft(
    title: str,
    text: str,
    file: str,
    *,
    versions: Iterable[str],
    reason: str,
    evidence: Sequence[dict[str, Any]],
    now: float,
    run: RunRef,
) -> Proposal:
    """Return the proposal to write a draft, as a diff that adds it; ``versions`` are those of the nearest documents."""
    return Proposal(
        id=digest("proposal", "unanswered", text, *versions),
        kind="unanswered",
        title=title,
        diff=_diff([], text.splitlines(), "/dev/null", file),
        reason=reason,
        evidence=tuple(evidence[:MOST_EVIDENCE]),
        made_at=now,
        run=run,
    )


def drafted(proposal: Proposal) -> str:
    """Return the text that a draft's diff adds."""
    lines = proposal.diff.splitlines()[3:]
    return "".join(line[1:] + "\n" for line in lines if line.startswith("+"))


def _shown(line: str) -> str:
    return line if len(line) <= MOST_CHARACTERS_SHOWN else line[: MOST_CHARACTERS_SHOWN - 1] + "…"


def _diff(before: Sequence[str], after: Sequence[str], of: str, to: str) -> str:
    made = unified_diff(before, after, of, to, lineterm="", n=0)
    lines = list(islice(made, MOST_DIFF_LINES + 1))
    cut = ["\\ the rest is left out here"] if len(lines) > MOST_DIFF_LINES else []
    return "\n".join(lines[:MOST_DIFF_LINES] + cut) + "\n"
