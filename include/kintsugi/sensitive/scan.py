"""One text, all detectors."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from kintsugi.sensitive.finding import IN_A_TEXT, Finding, Kind
from kintsugi.sensitive.injection.detect import injections
from kintsugi.sensitive.invisible.detect import invisible, reading
from kintsugi.sensitive.personal.detect import personal_data
from kintsugi.sensitive.secret.detect import secrets


def scan(text: str, *, kinds: Collection[Kind] = IN_A_TEXT) -> list[Finding]:
    """Return what is sensitive or hostile in a text, in its order.

    What is invisible is found first; the others search the text as a reader sees it, so that a zero-width space in a
    key or a Cyrillic letter in *ignore* hides nothing. Findings of one kind never overlap, but of two kinds may; a
    look-alike word may hold invisible characters.

    Args:
        text: a document's parsed text.
        kinds: which detectors run; ``poisoning`` takes more than one text, see `NearDuplicates`.
    """
    unseen = invisible(text)
    plain = reading(text, unseen)
    found: list[Finding] = list(unseen) if "invisible" in kinds else []
    for kind, detect in (("secret", secrets), ("personal", personal_data), ("injection", injections)):
        if kind in kinds:
            found += (plain.in_the_text(each) for each in _merged(detect(plain)))
    return sorted(found)


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Join overlapping findings of one kind: the surest one speaks for all of them."""
    last: Finding | None = None
    for each in sorted(findings):
        if last and each.start < last.end:
            surest = max(last, each, key=lambda finding: finding.confidence)
            last = replace(surest, start=last.start, end=max(last.end, each.end))
            continue
        if last:
            yield last
        last = each
    if last:
        yield last
