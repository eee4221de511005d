"""All that a reader can't see in a text: findings, and the reading without them."""

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.invisible.characters import invisible_runs, without_invisible
from kintsugi.sensitive.invisible.lookalikes import folded, lookalike_words
from kintsugi.sensitive.reading import Edit, Reading

LOOKALIKE = "look-alike letters"
_SURE = {"tag characters": 1.0, "variation selectors": 0.95, "bidirectional control": 0.9, "soft hyphen": 0.7}


def invisible(text: str) -> list[Finding]:
    """Return runs of invisible characters that nothing legitimate needs, and words with look-alike letters."""
    runs = [
        Finding(start, end, "invisible", name, f"{end - start} × {name}", _SURE.get(name, 0.8))
        for start, end, name in invisible_runs(text)
    ]
    stripped = reading(text, runs)
    words = [
        stripped.in_the_text(Finding(start, end, "invisible", LOOKALIKE, f"a word of {end - start} letters", 0.9))
        for start, end in lookalike_words(stripped.plain)
    ]
    return sorted(runs + words)


def reading(text: str, found: list[Finding]) -> Reading:
    """Return what a reader sees of the text; ``found`` is what `invisible` returned for it, in its order."""
    edits: list[Edit] = []
    for each in found:
        if not edits or each.start >= edits[-1].end:
            edits.append(Edit(each.start, each.end, visible(text, each)))
    return Reading.of(text, tuple(edits))


def visible(text: str, finding: Finding) -> str:
    """Return what stands in the place of an invisible finding: nothing, or the word in Latin letters."""
    if finding.detector != LOOKALIKE:
        return ""
    return folded(without_invisible(text[finding.start : finding.end]))
