"""Whether what was found speaks of the question at all."""

import re
from collections.abc import Sequence

from kintsugi.retrieval.hybrid import Found
from kintsugi.settings import RetrievalSettings
from kintsugi.stores.operational_text import with_parts

LOOKED_AT = 3
"""Passages that are looked at: an answer needs one of the best."""

WORDLESS = 0.12
"""A text in a script that the model hardly knows is near to anything: without a common word, more is asked for."""

_WORD = re.compile(r"[^\W_]+")
_EMPTY = """
    a about after all an and any are as at be been before but by can could did do does done for from get had has have
    how i if in into is it its me my no not of on or our out over please should so some tell than that the their them
    then there these they this those to up us was we were what when where which who whom whose why will with would
    you your
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())


def terms(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, compounds with their parts, bare of common endings."""
    words = _WORD.findall(with_parts(text).lower())
    return frozenset(_stem(word) for word in words if word not in _EMPTY_WORDS and len(word) > 1)


def coverage(question: frozenset[str], text: str) -> float:
    """Return the share of the question's terms that stand in the text, 0…1; 0 for a question without terms."""
    return len(question & terms(text)) / len(question) if question else 0.0


def is_evidence(question: str, found: Sequence[Found], cosines: Sequence[float], limits: RetrievalSettings) -> bool:
    """Tell whether one of the best passages speaks of the question; see `speaks_of`."""
    asked = terms(question)
    best = list(zip(found, cosines, strict=True))[:LOOKED_AT] if asked else []
    return any(
        speaks_of(cosine, coverage(asked, f"{each.entry.title} {each.entry.heading} {each.entry.text}"), limits)
        for each, cosine in best
    )


def speaks_of(cosine: float, covered: float, limits: RetrievalSettings) -> bool:
    """Decide from a passage's cosine with the question and the share of the question's terms that it holds.

    Near in meaning (``sure_cosine``) with a word in common, or nearer still (by `WORDLESS`) without; or not far
    (``least_cosine``) with most of the words (``least_coverage``).
    """
    if covered == 0:
        return cosine >= limits.sure_cosine + WORDLESS
    return cosine >= limits.sure_cosine or (cosine >= limits.least_cosine and covered >= limits.least_coverage)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word
