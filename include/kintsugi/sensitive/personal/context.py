"""The words around a number say what it is."""

import re

BEFORE = 60
AFTER = 20


def said_around(lower: str, start: int, end: int, words: re.Pattern[str]) -> bool:
    """Return whether one of the words stands on the same line, shortly before or after."""
    first = max(lower.rfind("\n", 0, start) + 1, start - BEFORE)
    last = lower.find("\n", end, end + AFTER)
    return bool(words.search(lower, first, start) or words.search(lower, end, last if last >= 0 else end + AFTER))
