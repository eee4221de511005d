"""What becomes of a document with sensitive or hostile text."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kintsugi.records.provenance import Sensitivity
from kintsugi.sensitive.finding import IN_A_TEXT, KINDS, Finding
from kintsugi.sensitive.policy import Action, Policy
from kintsugi.sensitive.reading import Edit, applied
from kintsugi.sensitive.redact import redactions
from kintsugi.sensitive.scan import scan

MOST_KEPT = 200
"""Findings that a judgement carries; a table of a million addresses has a million."""


@dataclass(frozen=True)
class Judgement:
    """A decision about one document.

    Attributes:
        action: ``take`` it, as ``text`` says; or ``quarantine`` it.
        text: what is stored: redacted where the policy says so; the text as it was where it is quarantined.
        edits: what was changed, so that offsets can be moved (`kintsugi.sensitive.reading.moved`).
        marks: what a label has to say, sorted, e.g. ``("personal: e-mail address",)``.
        sensitivity: the least sensitivity that the document must have; ``None`` leaves the source's.
        findings: the first `MOST_KEPT`, those below the threshold too.
        reason: one line for the quarantine record and the log, without any secret; "" when nothing was found.
    """

    action: Literal["take", "quarantine"]
    text: str
    edits: tuple[Edit, ...] = ()
    marks: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None
    findings: tuple[Finding, ...] = ()
    reason: str = ""


def judge(text: str, policy: Policy) -> Judgement:
    """Scan a text and decide by the policy.

    What was redacted is scanned again: a text in which something is left, e.g. because two secrets had run into each
    other, is quarantined. A text that is taken never holds what the policy redacts.
    """
    kinds = [kind for kind in KINDS if kind in IN_A_TEXT and policy.action(kind) != "allow"]
    judged = decide(text, scan(text, kinds=kinds), policy)
    if not judged.edits:
        return judged
    redacted = [kind for kind in kinds if policy.action(kind) == "redact"]
    left = [each for each in scan(judged.text, kinds=redacted) if _counts(judged.text, each, policy)]
    if not left:
        return judged
    reason = f"left after it was redacted: {_reason(left)}"
    return Judgement("quarantine", text, findings=judged.findings, reason=reason)


def decide(text: str, findings: Iterable[Finding], policy: Policy) -> Judgement:
    """Decide about a text whose findings are known; those of an allowed kind or value are left out."""
    found = [each for each in findings if _matters(text, each, policy)]
    sure = [each for each in found if _counts(text, each, policy)]
    by_action: dict[Action, list[Finding]] = {}
    for each in sure:
        by_action.setdefault(policy.action(each.kind), []).append(each)
    kept = tuple(found[:MOST_KEPT])
    if refused := by_action.get("quarantine"):
        return Judgement("quarantine", text, findings=kept, reason=_reason(refused))
    edits = redactions(text, by_action.get("redact", ()))
    labelled = by_action.get("label", [])
    return Judgement(
        action="take",
        text=applied(text, edits),
        edits=edits,
        marks=tuple(sorted({f"{each.kind}: {each.detector}" for each in labelled})),
        sensitivity="confidential" if any(each.kind in ("secret", "personal") for each in labelled) else None,
        findings=kept,
        reason=_reason(sure),
    )


def _matters(text: str, finding: Finding, policy: Policy) -> bool:
    return policy.action(finding.kind) != "allow" and not (
        policy.allowed and policy.allows(text[finding.start : finding.end])
    )


def _counts(text: str, finding: Finding, policy: Policy) -> bool:
    return finding.confidence >= policy.threshold and _matters(text, finding, policy)


def _reason(findings: list[Finding]) -> str:
    """Return kinds, detectors, counts and one masked sample of each, the most frequent first."""
    counts = Counter((each.kind, each.detector) for each in findings)
    samples = {(each.kind, each.detector): each.masked for each in reversed(findings)}
    shown = (
        f"{count} × {kind} ({detector}: {samples[kind, detector]})" for (kind, detector), count in counts.most_common(6)
    )
    return "; ".join(shown)
