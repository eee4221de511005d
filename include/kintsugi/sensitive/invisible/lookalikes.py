"""Latin words in which letters of another script stand for those that they look like."""

import re
from collections.abc import Iterator

_ALIKE = dict(
    zip(
        "аАВсСԁеЕһНіІјЈКӏМоОрРԛѕЅТѵԝхХуУΑΒΕΖΗΙΚΜΝΟΡΤΥΧοονιαкց" + "օսոհ",
        "aABcCdeEhHiIjJKlMoOpPqsSTvwxXyYABEZHIKMNOPTYXoovi" + "akg" + "ounh".replace(" ", ""),
        strict=True,
    )
)
"""The single-letter part of Unicode's confusables (UTS #39) that matters for Latin words."""

_CANDIDATE = re.compile("[" + "".join(_ALIKE) + "]")
_WORD = re.compile(r"[^\W\d_]+")
_AROUND = 60


def lookalike_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each word that mixes Latin letters with others that only look like Latin ones.

    A word in one script is never one, nor is one with a letter that looks like none (``kΩ``, ``β-blocker``).
    """
    if text.isascii():
        return
    done = 0
    for match in _CANDIDATE.finditer(text):
        if match.start() < done:
            continue
        first = match.start()
        while first > done and match.start() - first < _AROUND and _WORD.match(text[first - 1]):
            first -= 1
        word = _WORD.match(text, first, match.end() + _AROUND)
        if word is None:
            continue
        done = word.end()
        if _is_mixed(word.group()):
            yield word.start(), word.end()


def folded(word: str) -> str:
    """Return the word in Latin letters."""
    return "".join(_ALIKE.get(letter, letter) for letter in word)


def _is_mixed(word: str) -> bool:
    latin = sum("a" <= letter <= "z" or "A" <= letter <= "Z" or "\u00c0" <= letter <= "\u024f" for letter in word)
    alike = sum(letter in _ALIKE for letter in word)
    return latin >= 2 and latin + alike == len(word)
