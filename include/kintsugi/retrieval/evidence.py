"""Whether what was found speaks of the question at all."""

import re
from collections.abc import Sequence

from kintsugi.retrieval.hybrid import Found
from kintsugi.settings import RetrievalSettings
from kintsugi.stores.operational_text import with_parts

LOOKED_AT = 3
"""Passages that are looked at: an answer needs one of the best."""

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
    """Tell whether the best passages speak of the question.

    Either the meaning is near (cosine of at least ``sure_cosine``), or it is not far and the words are there
    (``least_cosine``, and ``least_coverage`` of the terms, in one passage).
    """
    asked = terms(question)
    if not asked:
        return False
    for each, cosine in list(zip(found, cosines, strict=True))[:LOOKED_AT]:
        shown = f"{each.entry.title} {each.entry.heading} {each.entry.text}"
        if cosine >= limits.sure_cosine or (
            cosine >= limits.least_cosine and coverage(asked, shown) >= limits.least_coverage
        ):
            return True
    return False


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word
