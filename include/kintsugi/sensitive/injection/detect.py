"""Phrases near each other add up to one finding."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod

from kintsugi.sensitive.anchors import Anchors
from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.injection.english import ENGLISH
from kintsugi.sensitive.injection.languages import LANGUAGES
from kintsugi.sensitive.injection.markers import MARKERS
from kintsugi.sensitive.injection.quoted import Surroundings
from kintsugi.sensitive.injection.rule import Rule
from kintsugi.sensitive.reading import Reading

_NEAR = 300
_SHOWN = 80
_HIDDEN = 0.35
_LEAST = 0.3
_WEIGHED = 60
_AT_MOST = 200
"""Phrases of one name that are looked at in one text."""


@dataclass(frozen=True, order=True)
class _Phrase:
    start: int
    end: int
    rule: str
    weight: float


def injections(reading: Reading) -> Iterator[Finding]:
    """Yield passages that read like instructions to a model, with the heaviest phrase of each.

    Confidence is the noisy-or of the phrases' weights (Pearl 1988, section 4.3.2) times a factor for where it stands.
    """
    phrases = sorted(_phrases(reading))
    if not phrases:
        return
    surroundings = Surroundings(reading)
    for group in _groups(phrases):
        finding = _judged(reading, group, surroundings)
        if finding.confidence >= _LEAST:
            yield finding


def _phrases(reading: Reading) -> Iterator[_Phrase]:
    anchors, by_head = _rules()
    counts: Counter[str] = Counter()
    for at, head in anchors.positions(reading):
        for rule in by_head[head]:
            match = rule.pattern.match(reading.lower, at)
            if match and counts[rule.name] < _AT_MOST:
                counts[rule.name] += 1
                yield _Phrase(at, match.end(), rule.name, rule.weight)


@cache
def _rules() -> tuple[Anchors, dict[str, list[Rule]]]:
    by_head: dict[str, list[Rule]] = {}
    for rule in (*ENGLISH, *MARKERS, *LANGUAGES):
        for head in rule.heads:
            by_head.setdefault(head, []).append(rule)
    return Anchors(by_head), by_head


def _groups(phrases: list[_Phrase]) -> Iterator[list[_Phrase]]:
    group: list[_Phrase] = []
    for phrase in phrases:
        if group and phrase.start - max(each.end for each in group[-3:]) > _NEAR:
            yield group
            group = []
        group.append(phrase)
    yield group


def _judged(reading: Reading, group: list[_Phrase], surroundings: Surroundings) -> Finding:
    start, end = min(each.start for each in group), max(each.end for each in group)
    heaviest = max(group, key=lambda each: each.weight)
    doubts = list(_doubts(group))
    if surroundings.is_hidden(heaviest.start, heaviest.end):
        doubts.append(1 - _HIDDEN)
    sure = (1 - prod(doubts)) * surroundings.weight(heaviest.start, heaviest.end)
    return Finding(start, end, "injection", heaviest.rule, _shown(reading.plain, heaviest), round(sure, 3))


def _doubts(group: list[_Phrase]) -> Iterator[float]:
    """Yield 1 - weight of each phrase; one that overlaps a heavier one is nothing new, and one of a known name half"
    " so."""
    counted: list[_Phrase] = []
    for phrase in sorted(group, key=lambda each: -each.weight)[:_WEIGHED]:
        if any(phrase.start < other.end and other.start < phrase.end for other in counted if other.rule == phrase.rule):
            continue
        known = any(other.rule == phrase.rule for other in counted)
        counted.append(phrase)
        yield 1 - phrase.weight / (2 if known else 1)


def _shown(text: str, phrase: _Phrase) -> str:
    """Return the phrase's own words; one with digits could hold somebody's number, and is only named."""
    said = " ".join(text[phrase.start : phrase.end].split())
    return phrase.rule if any(map(str.isdigit, said)) else f"“{said[:_SHOWN]}”"
