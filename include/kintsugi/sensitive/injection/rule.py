"""A phrase that only somebody who talks to a model would write, as far as its weight says."""

import re
from dataclasses import dataclass

GAP = r"[^\w.!?;]{1,4}"
"""What stands between two words of one sentence: space, a line break, a comma, markup."""

LINE = r"(?:(?<![^\n])|(?<=[-*>|#!:\"'(\[] )|(?<=[-*>|#!:\"'(\[]))"
"""Where a line, an item, a cell or a quotation begins."""


def words(most: int) -> str:
    """Return an expression for up to ``most`` words of the same sentence, and the gaps around them."""
    return rf"{GAP}(?:\w{{1,30}}(?:['’-]\w{{1,30}}){{0,3}}{GAP}){{0,{most}}}?"


@dataclass(frozen=True)
class Rule:
    """A phrase of an attack.

    Attributes:
        name: what it tries, e.g. ``override``.
        weight: probability that text with it, and nothing else, is an injection; several phrases add up.
        heads: each match begins with one of these; only there the pattern is tried.
        pattern: what is matched in lower-case text.
    """

    name: str
    weight: float
    heads: tuple[str, ...]
    pattern: re.Pattern[str]


def rule(name: str, weight: float, heads: str, pattern: str) -> Rule:
    """Return a rule whose match begins with a word; ``heads`` are separated by ``|``."""
    return Rule(name, weight, tuple(heads.split("|")), re.compile(rf"(?<![^\W_])(?:{pattern})"))


def mark(name: str, weight: float, heads: str, pattern: str, separator: str = "|") -> Rule:
    """Return a rule whose match begins with a sign, or stands anywhere."""
    return Rule(name, weight, tuple(heads.split(separator)), re.compile(pattern))
