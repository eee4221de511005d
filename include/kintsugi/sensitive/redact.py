"""A text without what was found in it."""

from collections.abc import Iterable

from kintsugi.sensitive.finding import KINDS, Finding
from kintsugi.sensitive.invisible.detect import visible
from kintsugi.sensitive.reading import Edit, applied


def redacted(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with each finding replaced, e.g. by ``[secret: AWS Access Key]``; what is invisible goes away.

    The same text and findings give the same result; a redacted text holds no finding of the kinds that were redacted.
    """
    return applied(text, redactions(text, findings))


def redactions(text: str, findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """Return the edits that `redacted` makes, in order; `kintsugi.sensitive.reading.moved` takes offsets along."""
    edits: list[Edit] = []
    group: list[Finding] = []
    for each in sorted(findings):
        if group and each.start >= max(other.end for other in group):
            edits.append(_edit(text, group))
            group = []
        group.append(each)
    if group:
        edits.append(_edit(text, group))
    return tuple(edits)


def _edit(text: str, group: list[Finding]) -> Edit:
    """Return one edit for findings that overlap: the gravest kind names it."""
    gravest = min(group, key=lambda each: KINDS.index(each.kind))
    start, end = group[0].start, max(each.end for each in group)
    if gravest.kind == "invisible":
        return Edit(start, end, visible(text, gravest))
    return Edit(start, end, f"[{gravest.kind}: {gravest.detector}]")
