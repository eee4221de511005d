"""What a text states to the letter: numbers, versions, dates, names of files and addresses, in their order. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise, zip_longest

_WORD = re.compile(r"\S+")
_AROUND = ".,;:!?()[]{}<>\"'`*_“”„‘’|"
_LITERAL = re.compile(r"\d|\S[/\\@.:]\S|^[/~]\S")


def same_facts(one: str, other: str) -> bool:
    """Tell whether two texts state the same numbers, versions, dates, paths and addresses, in the same order.

    A figure counts with the word after it, so that 5 minutes are not 5 hours. Both texts are read as far as they agree.
    """
    return all(a == b for a, b in zip_longest(_facts(one), _facts(other)))


def _facts(text: str) -> Iterator[tuple[str, str]]:
    for word, following in pairwise(_words(text)):
        if _LITERAL.search(word):
            yield word, following.lower() if any(each.isdigit() for each in word) else ""


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        if word := found.group().strip(_AROUND):
            yield word
    yield ""
