"""How alike two columns are: by their names, and by what they hold."""

import re
from difflib import SequenceMatcher

from kintsugi.contracts.sketch import MARKS
from kintsugi.records import ColumnSketch

_SPLIT = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])")
_ENOUGH = 8
"""Different values that say as much as values can: two columns of yes and no are no sign of a renaming."""
_MOST = 0.6
"""Share of the score that values have at most."""
_LETTERS = 100
"""Letters of a name that are compared."""


def score_of(names: float, values: float | None, distinct: int) -> float:
    """Return the score of a pairing, 0 to 1: values count the more, the more different ones there are."""
    if values is None:
        return names
    weight = _MOST * min(1.0, distinct / _ENOUGH)
    return (1 - weight) * names + weight * values


def name_similarity(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1: the better of their letters (difflib's ratio) and their words.

    Only the first 100 letters count.
    """
    words, others = _words(one[:_LETTERS]), _words(other[:_LETTERS])
    letters = SequenceMatcher(None, "".join(words), "".join(others), autojunk=False).ratio()
    return max(letters, _word_overlap(words, others))


def value_similarity(one: ColumnSketch, other: ColumnSketch) -> float | None:
    """Return how alike the values are, 0 to 1; ``None`` where one side has none.

    The same values (Jaccard, estimated from the bottom-k sketches: Broder 1997) are the best sign; the same forms in
    the same shares a good one, for columns whose values are new in every delivery; numbers of the same range another.
    """
    if not one.values or not other.values:
        return None
    forms = sum(min(share, other.shapes.get(shape, 0.0)) for shape, share in one.shapes.items())
    ranges = _range_overlap(one.quantiles, other.quantiles)
    kinds = sum(min(share, other.looks.get(look, 0.0)) for look, share in one.looks.items())
    likely = 0.8 * forms if ranges is None else 0.4 * forms + 0.4 * ranges
    return max(_same_values(one, other), likely) * (0.5 + 0.5 * kinds)


def _same_values(one: ColumnSketch, other: ColumnSketch) -> float:
    smallest = sorted({*one.marks, *other.marks})[:MARKS]
    common = set(one.marks) & set(other.marks)
    return sum(mark in common for mark in smallest) / max(1, len(smallest))


def _range_overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float | None:
    """Return the share of the wider range of the middle halves that both cover; ``None`` where one has no numbers."""
    if not one or not other:
        return None
    low, high = max(one[1], other[1]) / 2, min(one[3], other[3]) / 2
    width = max(one[3], other[3]) / 2 - min(one[1], other[1]) / 2  # of the halves, so that it stays finite
    if width == 0:
        return 1.0
    return max(0.0, high - low) / width


def _words(name: str) -> list[str]:
    return [word.lower() for word in _SPLIT.split(name) if word] or [name.lower()]


def _word_overlap(words: list[str], others: list[str]) -> float:
    """Return the share of words that both have; a word counts also for one that it begins, and for initials."""
    shorter, longer = sorted((words, others), key=len)
    initials = "".join(word[0] for word in longer)
    if len(longer) > 1 and shorter == [initials]:
        return 0.8
    left = list(longer)
    common = 0.0
    for word in shorter:
        best = max(left, key=lambda each: _common(word, each), default="")
        gained = _common(word, best)
        if gained:
            common += gained
            left.remove(best)
    return common / (len(words) + len(others) - common)


def _common(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    return 0.8 if len(short) >= 3 and (long.startswith(short) or _skips(short, long)) else 0.0


def _skips(short: str, long: str) -> bool:
    """Return whether the short word is the long one with letters left out: ``qty`` of ``quantity``."""
    at = [-1]
    for letter in short:
        found = long.find(letter, at[-1] + 1)
        if found < 0:
            return False
        at.append(found)
    return at[1] == 0 and len(short) * 3 >= len(long)
