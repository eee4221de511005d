"""How strong a pattern is where people see it."""

from autorefine.pattern import Pattern
from autorefine.scores import promise


def strength(pattern: Pattern) -> float:
    """Return what patterns are sorted by, the highest first: the surest first, and every sign after all advice.

    Of advice it is its `autorefine.scores.promise`, −1 … 1; of signs it is 3 less.
    """
    return promise(pattern) - 3.0 if pattern.kind == "sign" else promise(pattern)
